"""Runs the engine's long work in a background thread, one job at a time; the window stays free.

Work is a generator (engine.progress). It is created, advanced and closed in the thread; what it says
arrives as signals on the thread that the job lives on, the GUI thread, which alone touches state.

Whatever a room connects to a job, and whenever it lets go of its lane: a job that has begun stays until its
thread is gone, and what it was given is freed on the GUI thread.
"""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app import garbage
from engine.progress import Work

Start = Callable[[], Work[Any]]
"""Makes the work; called in the thread, so that heavy imports happen there."""


class _Thread(QThread):
    """Advances one generator until it ends, fails, or is not wanted any more."""

    stepped = Signal(object)
    returned = Signal(object)
    raised = Signal(object)

    def __init__(self, start: Start) -> None:
        super().__init__()
        self._make = start
        self._said: list[object] = []

    def run(self) -> None:
        """The thread's only function."""
        work = None
        try:
            work = self._make()
            while not self.isInterruptionRequested():
                self.stepped.emit(next(work))
        except StopIteration as end:
            self._said.append(end.value)
            self.returned.emit(end.value)
        except Exception as error:  # whatever it is, it is told on the GUI thread and not lost in this one
            self._said.append(error)
            self.raised.emit(error)
        finally:
            if work is not None:
                work.close()

    def forget(self) -> None:
        """Free what it was given and what it said last: not in the thread, where it may be the last reference."""
        self._said.clear()
        del self._make


class Job(QObject):
    """One piece of long work in a thread of its own.

    Of finished, failed and cancelled exactly one is emitted, once; `ended` follows when the thread is gone.
    It has no parent: what is connected to it may hold its owner, which would then delete it while it is deleted.
    writes: it makes a file that the reader asked for
    """

    stepped = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, start: Start, writes: bool = False) -> None:
        super().__init__()
        self.writes = writes
        self._thread = _Thread(start)
        self._open = True
        self._thread.stepped.connect(self._on_step)
        self._thread.returned.connect(self._on_return)
        self._thread.raised.connect(self._on_error)
        self._thread.finished.connect(self._on_end)

    def start(self) -> None:
        """Begin; returns at once."""
        _begun.add(self)
        self._thread.start()

    def cancel(self) -> None:
        """Ask for no further step. Told at once; the step under way ends by itself, and its result is dropped."""
        self.stop()
        if self._open:
            self._open = False
            self.cancelled.emit()

    def stop(self) -> None:
        """The same without a word, from wherever."""
        self._thread.requestInterruption()

    def wait(self) -> None:
        """Block until the thread is gone: before the program ends."""
        self._thread.wait()

    @Slot(object)
    def _on_step(self, step: object) -> None:
        if self._open:
            self.stepped.emit(step)

    @Slot(object)
    def _on_return(self, result: object) -> None:
        if self._open:
            self._open = False
            self.finished.emit(result)

    @Slot(object)
    def _on_error(self, error: object) -> None:
        if self._open:
            self._open = False
            self.failed.emit(error)

    @Slot()
    def _on_end(self) -> None:
        self._thread.wait()  # "finished" is said a moment before the thread is gone; it must outlive itself
        self._thread.forget()
        self.ended.emit()
        _begun.discard(self)
        self.deleteLater()


_begun: set[Job] = set()
"""Jobs whose threads are not gone yet: a thread must not be deleted while it runs."""


@atexit.register
def _end_all() -> None:
    """A program that ends without closing its window must not abort."""
    for job in _begun:
        job.stop()
    for job in _begun:
        job.wait()


class Lane(QObject):
    """A queue of jobs that runs one at a time, in the order of asking. It lives until it is closed or let go of."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._closed = False
        garbage.hold()
        self._let_go = weakref.finalize(self, _let_go, self._jobs)
        self._let_go.atexit = False

    @property
    def busy(self) -> bool:
        """Whether a thread of this lane is running."""
        return bool(self._jobs)

    @property
    def writing(self) -> bool:
        """Whether a file that the reader asked for is not there yet."""
        return any(job.writes for job in self._jobs)

    def add(self, job: Job) -> None:
        """Run a job after those before it; in a lane that is closed it is cancelled at once."""
        if self._closed:
            job.cancel()
            job.deleteLater()
            return
        self._jobs.append(job)
        job.ended.connect(self._next)
        if len(self._jobs) == 1:
            job.start()

    def drop(self, job: Job) -> None:
        """Cancel a job: running, it stops; waiting, it is never begun."""
        job.cancel()
        if job in self._jobs[1:]:
            self._jobs.remove(job)
            job.deleteLater()

    def close(self) -> None:
        """Cancel everything and wait for the step under way: before the window goes. Nothing is begun any more."""
        self._closed = True
        running = self._jobs[:1]
        for job in reversed(self._jobs.copy()):
            self.drop(job)
        for job in running:
            job.wait()
        self._let_go()

    @Slot()
    def _next(self) -> None:
        self._jobs.pop(0)
        if self._jobs:
            self._jobs[0].start()


def _let_go(jobs: list[Job]) -> None:
    """Of a lane that is closed or gone: nobody waits for its jobs."""
    for job in jobs:
        job.stop()
    garbage.release()
