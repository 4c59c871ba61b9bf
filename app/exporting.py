"""From results in the list to labelled files on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from os.path import exists
from pathlib import Path

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.state.outgoing import Outgoing, exported
from app.state.study import Entry, Study
from engine.errors import RespinError
from engine.export import Kind, check, export, planned
from engine.files import Scan
from engine.progress import Step, Work
from engine.provenance import Saved

Numbered = list[tuple[Entry, int]]
"""Results and the number of each among those of one name: 1, or more where a name would come twice."""


class Exporting(QObject):
    """Writes results through the engine, which labels them.

    choose: calls its last argument with the folder that the reader picks; given a title, the folder to begin with,
            and what would be written into a folder, so that nothing is replaced unasked
    """

    def __init__(
        self,
        lane: Lane,
        study: Study,
        choose: Callable[[str, Path, Callable[[Path], list[Outgoing]], Callable[[Path], None]], None],
        say: Callable[[str, Path | None], None],
        complain: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._lane, self._study = lane, study
        self._choose, self._say, self._complain = choose, say, complain

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
        numbers = _numbered(self._study)
        numbered = [(entry, numbers[entry]) for entry in entries]
        start = entries[0].saved.parent if entries[0].saved else entries[0].scan.path.parent
        title = f"Export {'one result' if len(entries) == 1 else f'{len(entries)} results'} as {kind.label}"
        self._choose(
            title,
            start,
            lambda folder: outgoing(numbered, folder, kind),
            lambda folder: self._write(numbered, folder, kind),
        )

    def _write(self, numbered: Numbered, folder: Path, kind: Kind) -> None:
        job = Job(lambda: _writing(numbered, folder, kind), writes=True)
        job.stepped.connect(self._on_step)
        job.finished.connect(lambda saved: self._done(saved, folder, kind))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _on_step(self, step: Step) -> None:
        if step.total > 1:
            self._say(f"Exporting {step.done + 1} of {step.total}…", None)

    def _done(self, saved: list[tuple[Entry, Saved]], folder: Path, kind: Kind) -> None:
        for entry, files in saved:
            entry.saved = files.path
        names = [name for _, files in saved for name in files.names]
        self._say(exported(names, len(saved), kind.label, str(folder)), folder)


def refusal_of(entry: Entry, kind: Kind) -> RespinError | None:
    """Why a result cannot be exported so; None where it can."""
    try:
        check(kind, _source(entry))
    except RespinError as refusal:
        return refusal
    return None


def _source(entry: Entry) -> Scan:
    """What it was made of, whatever its source shows by now."""
    return entry.made_of or entry.scan


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


def _numbered(study: Study) -> dict[Entry, int]:
    """Two results of one name must not replace each other, exported together or not: so all of them count."""
    seen: Counter[str] = Counter()
    numbers: dict[Entry, int] = {}
    for entry in study.entries:
        if entry.synthesis is not None:
            seen[entry.scan.path.name] += 1
            numbers[entry] = seen[entry.scan.path.name]
    return numbers


def outgoing(numbered: Numbered, folder: Path, kind: Kind) -> list[Outgoing]:
    """What the engine will write, name by name, and whether something lies there that it would replace."""
    names: list[str] = []
    for entry, run in numbered:
        if entry.synthesis is not None:
            names += planned(kind, entry.synthesis, _source(entry), folder, run, names)
    return [Outgoing(name, exists(folder / name)) for name in names]
