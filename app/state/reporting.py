"""What a report is about: which result, which source, which real scan it may be measured against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.state.details import Rows, details
from app.state.study import Entry, Study

_PRIVATE = ("File", "Exported")
"""Rows of the details that name files: they can tell who the patient is."""
_OF_THE_SOURCE = ("Grid", "Orientation")
"""Rows of a result that are those of its source."""


@dataclass(frozen=True)
class Wish:
    """Where the report goes, and whether the reader wants the names of the files in it."""

    path: Path
    named: bool = False


def pair_of(study: Study) -> tuple[Entry, Entry] | None:
    """Source and result: of the selected scan, else of those compared; None where no result's source is open.

    The source as it was when the result was made of it, whatever frame of it is seen by now. A scan that is merely
    beside it is not its source, whatever the reader compares.
    """
    shown = [entry for entry in (study.selected, *reversed(study.compared or ())) if entry is not None]
    made = next((entry for entry in shown if entry.scan.synthetic), None)
    if made is None or made.is_spread or made.source is None or made.source not in study.entries:
        return None
    if made.made_of is None or made.made_of is made.source.scan:
        return made.source, made
    volume = replace(made.made_of.volume, affine=made.source.scan.volume.affine)
    of = replace(made.made_of, volume=volume)
    source = Entry(of, made.source.window_level, synthesis=made.source.synthesis, colormap=made.source.colormap)
    return source, made


def facts(entry: Entry, named: bool) -> Rows:
    """The rows of a scan for the report, without those that name files unless the reader wants the names."""
    left_out = () if named else _PRIVATE
    left_out += _OF_THE_SOURCE if entry.synthesis is not None else ()
    return tuple(row for row in details(entry) if row[0] not in left_out)
