"""From paths to rows of the study list: each file is read in the background and lands, or is refused, by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.state.study import Entry, Study
from app.state.viewer import Layout, Viewer
from engine.errors import UnreadableScan
from engine.files import Scan, read, stem
from engine.modality import recognise
from engine.progress import Step, Work

_ENDINGS = (".nii", ".nii.gz")


class Opening(QObject):
    """Reads scans one after the other; `say` shows warnings, `complain` refusals."""

    def __init__(
        self,
        lane: Lane,
        study: Study,
        viewer: Viewer,
        say: Callable[[str], None],
        complain: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._lane, self._study, self._viewer = lane, study, viewer
        self._say, self._complain = say, complain

    def open(self, paths: Iterable[Path]) -> None:
        """Read these files and folders; returns at once."""
        landed: list[Entry] = []
        for path in paths:
            try:
                files = _files(path)
            except UnreadableScan as refusal:
                self._complain(refusal)
                continue
            for file in files:
                self._read(file, landed)

    def _read(self, path: Path, landed: list[Entry]) -> None:
        job = Job(lambda: _reading(path))
        job.finished.connect(lambda scan: self._land(scan, landed))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _land(self, scan: Scan, landed: list[Entry]) -> None:
        """Into the list; the first of those opened together is looked at, real beside synthetic is compared."""
        entry = Entry.of(scan, self._study.find_source(scan))
        landed.append(entry)
        self._study.add(entry)
        if len(landed) == 1:
            self._study.selected = entry
            self._viewer.layout, self._viewer.only = Layout.FOUR_UP, None
        elif scan.synthetic and not landed[0].scan.synthetic and len(landed) == 2:
            self._study.compared = (landed[0], entry)
            self._viewer.layout = Layout.COMPARE
        letters = () if scan.volume.oriented else ("No letters of left and right are drawn.",)
        if scan.warnings or letters:
            self._say(f"{scan.name}: {' '.join((*scan.warnings, *letters))}")


def _reading(path: Path) -> Work[Scan]:
    yield Step("read", 0, 1)
    return read(path)


def _files(path: Path) -> list[Path]:
    """The path itself; of a folder its NIfTI files, only those with a known contrast if there are any."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.name.lower().endswith(_ENDINGS))
    if not found:
        raise UnreadableScan(f"The folder {path.name} holds no NIfTI file (.nii, .nii.gz).")
    return [file for file in found if recognise([stem(file)])] or found
