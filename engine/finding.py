"""What a path leads to: one scan, the scans of a subject's folder, or the series of a DICOM folder or zip."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.dicom_series import Series, in_files, in_zip
from engine.dicom_slices import is_dicom
from engine.errors import UnreadableScan, UnsupportedScan
from engine.modality import Modality, recognise
from engine.names import ENDINGS, stem
from engine.progress import Step, Work
from engine.sniff import Format, sniff

_DEEPEST = 6
"""Folders in folders that are looked into: a DICOM disc needs four, BIDS three."""
_MOST_FILES = 20_000
_MOST_SCANS = 24
"""Of one subject; a folder with more is a collection of subjects."""
_LISTED = 12
_PARTS = re.compile(r"(.+?)((?:@\d+)+)")


@dataclass(frozen=True, eq=False)
class Place:
    """Something that can be read: a file, or a DICOM series.

    frame: the one that was asked for ("SCAN@3"); None where none was
    """

    path: Path
    series: Series | None = None
    frame: int | None = None

    @property
    def name(self) -> str:
        """For sentences."""
        return self.series.title if self.series else self.path.name


def find(path: Path) -> Work[tuple[Place, ...]]:
    """Everything that a path leads to; a refusal in one sentence where that is nothing, or too much.

    "SCAN@3" is frame 3 of a scan; of several series it is number 3, and "SCAN@3@0" frame 0 of that.
    """
    path, asked = split(path)
    if _is_there(path) and path.is_dir():
        found = yield from _in_folder(path)
    else:
        found = yield from _of_file(path)
    if asked and len(found) > 1 and found[-1].series is not None:
        number, *asked = asked
        named = tuple(place for place in found if place.series and place.series.number == number)
        if not named:
            raise UnsupportedScan(f"{path.name} has no series {number}; it holds {listed(found)}.")
        found = named
    if len(asked) > 1:
        raise UnsupportedScan(f"{path.name} has one scan and its frames; name one of them: {path.name}@0.")
    return tuple(replace(place, frame=asked[0]) for place in found) if asked else found


def only(path: Path, found: tuple[Place, ...]) -> Place:
    """The one place that a path leads to; a refusal that lists them where there are several."""
    if len(found) == 1:
        return found[0]
    if found[0].series is None:
        raise UnsupportedScan(f"The folder {path.name} holds {len(found)} scans; give one: {listed(found)}.")
    raise UnsupportedScan(
        f"{path.name} holds {len(found)} DICOM series; give one by its number, as in "
        f"{path.name}@{found[0].series.number}: {listed(found)}."
    )


def listed(found: tuple[Place, ...]) -> str:
    """The places in one line, not all of very many."""
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(place.name for place in found[:_LISTED]) + more


def split(path: Path) -> tuple[Path, list[int]]:
    """A path and the parts of it that are asked for: "SCAN@3". A file that is really called so is meant itself."""
    asked = _PARTS.fullmatch(path.name)
    if asked is None or _is_there(path):
        return path, []
    return path.with_name(asked[1]), [int(number) for number in asked[2].split("@")[1:]]


def _is_there(path: Path) -> bool:
    """Whether anything stands at a path; a refusal where it may not be looked at."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise UnreadableScan(f"{path.name} cannot be read: {error.strerror}.") from error
    return True


def _of_file(path: Path) -> Work[tuple[Place, ...]]:
    if path.name.upper() == "DICOMDIR" and path.is_file():
        return (yield from _in_folder(path.absolute().parent))
    kind = sniff(path).format
    if kind is Format.DICOM:
        return (yield from _series_of(path))
    if kind is not Format.DICOM_ZIP:
        return (Place(path),)
    series = yield from in_zip(path)
    if not series:
        raise UnsupportedScan(f"{path.name} holds no DICOM series; unpack it, and give the scans in it.")
    return tuple(Place(path, one) for one in series)


def _series_of(path: Path) -> Work[tuple[Place, ...]]:
    """The series that a DICOM file belongs to: its neighbours in the folder with the same UID."""
    from engine.dicom_slices import cuts

    mine = cuts(path)
    if not mine:
        raise UnsupportedScan(f"{path.name} is a DICOM file without a picture; give a series of slices.")
    beside = [file for file in _entries(path.absolute().parent) if stat.S_ISREG(_mode(file))]
    series = yield from in_files(path, beside, mine[0].series)
    instance = mine[0].instance
    return tuple(Place(path, one) for one in series if any(cut.instance == instance for cut in one.cuts))


def _in_folder(folder: Path) -> Work[tuple[Place, ...]]:
    scans: list[Path] = []
    dicom: list[Path] = []
    seen = 0
    for seen, path in enumerate(_files(folder, _DEEPEST), 1):
        if seen > _MOST_FILES:
            raise UnsupportedScan(
                f"The folder {folder.name} holds more than {_MOST_FILES:,} files; give the folder of one subject."
            )
        if seen % 100 == 0:
            yield Step("find", 0, 1)
        if _is_scan(path):
            scans.append(path)
        elif _is_dicom(path):
            dicom.append(path)
    series = yield from in_files(folder, dicom)
    chosen = _of_subject(scans)
    if len(chosen) > _MOST_SCANS:
        raise UnsupportedScan(f"The folder {folder.name} holds {len(chosen)} scans; give the folder of one subject.")
    if not chosen and not series:
        inside = "is empty" if seen == 0 else f"holds no scan in its {seen} files"
        raise UnreadableScan(f"The folder {folder.name} {inside}; give one with NIfTI files or a DICOM series.")
    return (*(Place(path) for path in chosen), *(Place(folder, one) for one in series))


def _of_subject(scans: list[Path]) -> list[Path]:
    """Those whose names tell a contrast, in the order of contrasts; all of them where none does."""
    named = [(path, recognise([stem(path)])) for path in scans]
    known = [(modality, path) for path, modality in named if modality is not None]
    order = list(Modality)
    return [path for _, path in sorted(known, key=lambda one: (order.index(one[0]), one[1]))] or scans


def _files(folder: Path, deepest: int) -> Iterator[Path]:
    """Every file below a folder, in the order of names; hidden ones and those too deep are passed over."""
    try:
        entries = _entries(folder)
    except UnreadableScan:
        if deepest < _DEEPEST:
            return  # a locked folder inside: what else is there still opens
        raise
    for entry in entries:
        if entry.name.startswith("."):
            continue
        mode = _mode(entry)
        if stat.S_ISDIR(mode):
            if deepest > 0 and not entry.is_symlink():
                yield from _files(entry, deepest - 1)
        elif stat.S_ISREG(mode):
            yield entry


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, in the order of names; a refusal where that may not be listed, or listed only."""
    try:
        entries = sorted(folder.iterdir())
        os.stat(os.path.join(folder, os.curdir))  # fails where nothing in the folder may be looked at
    except OSError as error:
        raise UnreadableScan(f"The folder {folder.name} cannot be read: {error.strerror}.") from error
    return entries


def _mode(path: Path) -> int:
    """`st_mode`; 0 of what is gone meanwhile, and of a link to where nobody may look."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _is_scan(path: Path) -> bool:
    """By its name, for thousands of files are not opened; of a pair the header counts, and no zip in a folder."""
    name = path.name.lower()
    if not name.endswith(ENDINGS) or name.endswith(".zip"):
        return False
    return not name.endswith((".img", ".img.gz"))


def _is_dicom(path: Path) -> bool:
    try:
        return is_dicom(path)
    except OSError:
        return False
