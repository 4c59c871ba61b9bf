"""From results in the list to labelled files on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.state.study import Entry
from engine.errors import RespinError
from engine.export import Kind, check, export, place
from engine.files import Scan
from engine.progress import Step, Work
from engine.provenance import Saved

Numbered = list[tuple[Entry, int]]
"""Results and the number of each among those of one name: 1, or more where a name would come twice."""


class Exporting(QObject):
    """Writes results through the engine, which labels them; asks before it replaces a file.

    choose: the folder that the reader picks, or None; given the one to begin with
    """

    def __init__(
        self,
        lane: Lane,
        choose: Callable[[Path], Path | None],
        ask: Callable[[str, str, Callable[[], None]], None],
        say: Callable[[str, Path | None], None],
        complain: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._lane, self._choose, self._ask = lane, choose, ask
        self._say, self._complain = say, complain

    def export(self, entry: Entry | None, kind: Kind = Kind.NIFTI) -> None:
        """Write this result with its sidecar into a folder of the reader's choice."""
        if entry is None or entry.synthesis is None:
            self._complain(RespinError("Only a synthesis made here can be exported; select one in the study list."))
        else:
            self._export([entry], kind)

    def export_all(self, entries: Sequence[Entry], kind: Kind = Kind.NIFTI) -> None:
        """Write every result of the study into one folder; those of which this kind cannot be made are named."""
        made = [entry for entry in entries if entry.synthesis is not None]
        if made:
            self._export(made, kind)
        else:
            self._complain(RespinError("There is no result to export yet; synthesize one first."))

    def _export(self, entries: list[Entry], kind: Kind) -> None:
        refusals = {entry: refusal for entry in entries if (refusal := refusal_of(entry, kind)) is not None}
        for refusal in {str(refusal): refusal for refusal in refusals.values()}.values():
            self._complain(refusal)
        entries = [entry for entry in entries if entry not in refusals]
        if not entries:
            return
        first = entries[0]
        folder = self._choose(first.saved.parent if first.saved else first.scan.path.parent)
        if folder is None:
            return
        numbered = _numbered(entries)
        names = [_name(entry, run) for entry, run in numbered]
        taken = [name for name in names if (folder / name).exists()]
        if taken and kind is Kind.NIFTI:
            there = (
                f"{taken[0]} is there already." if len(taken) == 1 else f"{len(taken)} of the files are there already."
            )
            self._ask(
                there, "Replace it" if len(taken) == 1 else "Replace them", lambda: self._write(numbered, folder, kind)
            )
        else:
            self._write(numbered, folder, kind)

    def _write(self, numbered: Numbered, folder: Path, kind: Kind) -> None:
        job = Job(lambda: _writing(numbered, folder, kind))
        job.stepped.connect(self._on_step)
        job.finished.connect(lambda saved: self._done(saved, folder, kind))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _on_step(self, step: Step) -> None:
        if step.total > 1:
            self._say(f"Exporting {step.done + 1} of {step.total}…", None)

    def _done(self, saved: list[tuple[Entry, Saved]], folder: Path, kind: Kind) -> None:
        for entry, written in saved:
            entry.saved = written.path
        spread = " and uncertainty" if any(written.uncertainty for _, written in saved) else ""
        what = saved[0][1].path.name if len(saved) == 1 else f"{len(saved)} results"
        self._say(f"Exported {what} as {kind.label} with sidecar{spread} to {folder}", folder)


def refusal_of(entry: Entry, kind: Kind) -> RespinError | None:
    """Why a result cannot be exported so; None where it can."""
    try:
        check(kind, _source(entry))
    except RespinError as refusal:
        return refusal
    return None


def _source(entry: Entry) -> Scan:
    return entry.source.scan if entry.source is not None else entry.scan


def _writing(numbered: Numbered, folder: Path, kind: Kind) -> Work[list[tuple[Entry, Saved]]]:
    written: list[tuple[Entry, Saved]] = []
    for done, (entry, run) in enumerate(numbered):
        step = Step("export", done, len(numbered))
        yield step
        if entry.synthesis is None:
            raise RespinError(f"{entry.scan.name} was not made here.")
        saved = yield from _as_one(step, export(kind, entry.synthesis, _source(entry), folder, run))
        written.append((entry, saved))
    return written


def _as_one(step: Step, work: Work[Saved]) -> Work[Saved]:
    """Slices are not counted for the reader: results are."""
    try:
        while True:
            next(work)
            yield step
    except StopIteration as end:
        return end.value
    finally:
        work.close()


def _numbered(entries: list[Entry]) -> Numbered:
    """Two results of one name must not replace each other."""
    seen: Counter[str] = Counter()
    numbered: Numbered = []
    for entry in entries:
        seen[entry.scan.path.name] += 1
        numbered.append((entry, seen[entry.scan.path.name]))
    return numbered


def _name(entry: Entry, run: int) -> str:
    """The file that the engine will write."""
    if entry.synthesis is None or entry.source is None:
        return entry.scan.path.name
    return place(Kind.NIFTI, entry.synthesis, entry.source.scan, run)
