"""Measures the result that is looked at, in the background, if a real scan of its contrast is open."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Slot

from app.jobs import Job, Lane
from app.state import verdict
from app.state.comparing import Comparing
from app.state.kinship import truth, unmeasured
from app.state.study import Entry, Study
from engine.errors import RespinError
from engine.files import Scan
from engine.metrics import Scores
from engine.progress import Step, Work
from engine.volume import Array, Volume

_PAUSE_MS = 250
"""Before measuring begins: who steps through the list is not waiting for numbers."""


class Scoring(QObject):
    """Keeps the verdict of `Comparing` true. A number is never shown for another pair than its own."""

    def __init__(self, comparing: Comparing, study: Study, complain: Callable[[Exception], None]) -> None:
        super().__init__()
        self._comparing, self._study, self._complain = comparing, study, complain
        self._lane = Lane(self)
        self._job: Job | None = None
        self._known: WeakKeyDictionary[Scan, WeakKeyDictionary[Scan, dict[str, Scores]]] = WeakKeyDictionary()
        self._later = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._later.timeout.connect(self._begin)
        for signal in (study.events.entries, study.events.selected, study.events.compared):
            signal.connect(self.renew)
        study.events.entries.connect(self._watch)

    def renew(self, *_: object) -> None:
        """Another result, another truth, or none."""
        if self._job is not None:
            self._lane.drop(self._job)
            self._job = None
        self._later.stop()
        result = self._study.measured
        real = truth(self._study, result) if result is not None else None
        if result is None:
            self._comparing.verdict = None
        elif real is None:
            self._comparing.verdict = unmeasured(self._study, result)
        elif scores := self._known.get(result.scan, WeakKeyDictionary()).get(real.scan):
            self._comparing.verdict = verdict.measured(real.title, scores)
        else:
            self._comparing.verdict = verdict.measuring(real.title)
            self._later.start()

    def close(self) -> None:
        """Stop measuring, before the window goes."""
        self._later.stop()
        self._lane.close()

    def _begin(self) -> None:
        result = self._study.measured
        real = truth(self._study, result) if result is not None else None
        if result is None or real is None:
            return
        made, target = result.scan, real.scan
        self._job = Job(lambda: score(made.volume, target.volume))
        self._job.finished.connect(self._land)
        self._job.failed.connect(self._refuse)
        self._lane.add(self._job)

    @Slot(object)
    def _land(self, scores: dict[str, Scores]) -> None:
        """A job that was dropped says nothing any more: these are of the pair that is looked at."""
        self._job = None
        result = self._study.measured
        real = truth(self._study, result) if result is not None else None
        if result is not None and real is not None:
            self._known.setdefault(result.scan, WeakKeyDictionary())[real.scan] = scores
            self._comparing.verdict = verdict.measured(real.title, scores)

    @Slot(object)
    def _refuse(self, error: Exception) -> None:
        self._job = None
        if isinstance(error, RespinError):
            self._comparing.verdict = verdict.Verdict(str(error), verdict.UNKNOWN)
        else:
            self._comparing.verdict = verdict.unknown()
            self._complain(error)

    def _watch(self, entries: tuple[Entry, ...]) -> None:
        """A scan that is called by another contrast is another truth."""
        for entry in entries:
            entry.events.scan.disconnect(self.renew, missing_ok=True)
            entry.events.scan.connect(self.renew)


def score(made: Volume, real: Volume) -> Work[dict[str, Scores]]:
    """Whole and in the brain, which is found first where the real scan shows a skull."""
    from engine.brain import extract, has_skull
    from engine.metrics import compare
    from engine.volume import foreground

    yield Step("measure", 0, 1)
    mask: Array | None = None
    if has_skull(real):
        mask = foreground((yield from extract(real)).data)
    return compare(made, real, mask)
