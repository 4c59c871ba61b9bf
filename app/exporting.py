"""From a result in the list to a labelled file on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.state.study import Entry
from engine.errors import RespinError
from engine.progress import Step, Work
from engine.provenance import Saved, save


class Exporting(QObject):
    """Writes results through the engine, which labels them; asks before it replaces a file.

    choose: the folder that the reader picks, or None; given the one to begin with
    """

    def __init__(
        self,
        lane: Lane,
        choose: Callable[[Path], Path | None],
        ask: Callable[[str, str, Callable[[], None]], None],
        say: Callable[[str], None],
        complain: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._lane, self._choose, self._ask = lane, choose, ask
        self._say, self._complain = say, complain

    def export(self, entry: Entry | None) -> None:
        """Write this result as NIfTI with its sidecar into a folder of the reader's choice."""
        if entry is None or entry.synthesis is None:
            self._complain(RespinError("Only a synthesis made here can be exported; select one in the study list."))
            return
        folder = self._choose(entry.saved.parent if entry.saved else entry.scan.path.parent)
        if folder is None:
            return
        target = folder / entry.scan.path.name
        if target.exists():
            self._ask(f"{target.name} is there already.", "Replace it", lambda: self._write(entry, folder))
        else:
            self._write(entry, folder)

    def _write(self, entry: Entry, folder: Path) -> None:
        job = Job(lambda: _writing(entry, folder))
        job.finished.connect(lambda saved: self._done(entry, saved))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _done(self, entry: Entry, saved: Saved) -> None:
        entry.saved = saved.path
        self._say(f"Exported {saved.path.name} with its sidecar to {saved.path.parent}")


def _writing(entry: Entry, folder: Path) -> Work[Saved]:
    yield Step("export", 0, 1)
    source = entry.source.scan if entry.source is not None else entry.scan
    if entry.synthesis is None:
        raise RespinError(f"{entry.scan.name} was not made here.")
    return save(entry.synthesis, source, folder)
