"""All measures as a table: what each holds in every scan that lies in the same frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.state.measuring import Distance, Measure, Region, belongs, number
from app.state.region import numbers
from app.state.study import Entry, Study
from app.state.viewer import Viewer

HEADINGS = ("Measure", "Scan", "Mean", "SD", "Voxels", "Size")


@dataclass(frozen=True)
class Row:
    """One measure in one scan; a distance belongs to no scan.

    cells: as in `HEADINGS`
    """

    measure: Measure
    synthetic: bool
    cells: tuple[str, str, str, str, str, str]


def rows(viewer: Viewer, study: Study) -> tuple[Row, ...]:
    """The measures in the order they were drawn, each region in all scans of the frame that it was drawn in."""
    found: list[Row] = []
    for place, measure in enumerate(viewer.measures, start=1):
        name = f"{place} {'distance' if isinstance(measure, Distance) else 'ellipse'}, {measure.plane.label.lower()}"
        if isinstance(measure, Distance):
            found.append(Row(measure, False, (name, "", "", "", "", f"{measure.length:.1f} mm")))
        else:
            found += [_of_region(name, measure, entry) for entry in study.entries if belongs(measure, entry.scan)]
    return tuple(found)


def as_text(table: Sequence[Row]) -> str:
    """Columns with tabs between them, as a spreadsheet takes them."""
    return "\n".join("\t".join(cells) for cells in (HEADINGS, *(row.cells for row in table))) + "\n"


def _of_region(name: str, region: Region, entry: Entry) -> Row:
    synthetic = entry.scan.synthetic
    scan = f"{'SYNTHETIC ' if synthetic else ''}{entry.contrast} · {entry.name}"
    found, size = numbers(entry.scan.volume, region.ellipse), f"{region.ellipse.area:.1f} mm²"
    if found.count == 0:
        return Row(region, synthetic, (name, scan, "outside", "", "0", size))
    unit = " a.u." if synthetic else ""
    mean, deviation = f"{number(found.mean)}{unit}", f"{number(found.deviation)}{unit}"
    return Row(region, synthetic, (name, scan, mean, deviation, str(found.count), size))
