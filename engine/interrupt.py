"""Long work that can be given up in the middle of a part: a network takes seconds a call, a reader waits for one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace

from engine.progress import Result, Step, Work

_PULSE = 0.25
"""Seconds after which a part that still runs yields its step again."""
_GRACE = 0.5
"""Seconds that a part is given to end when it is told to."""
_REMINDERS = 5
"""How often it is told meanwhile: one that stands between two calls begins the next one deaf to what was said."""


def interruptible(work: Work[Result], stop: Callable[[], None]) -> Work[Result]:
    """The same work, advanced in a thread beside this one: where a part takes long, its step comes again and again.

    stop: tells the part under way to end; called from this thread when the work is closed. A part that
    cannot end is left to itself: it ends later, unseen, and nothing follows it.
    """
    beside = ThreadPoolExecutor(1, thread_name_prefix="respin-engine")
    step: Step | None = None
    part: Future[tuple[Step | None, Result | None]] | None = None
    try:
        while True:
            part = beside.submit(_advance, work)
            while not wait([part], _PULSE).done:
                if step is not None:
                    yield replace(step, preview=None)
            step, result = part.result()
            if step is None:
                return result  # pyright: ignore[reportReturnType] (the work has ended: this is what it returned)
            yield step
    finally:
        if part is not None and not part.done():
            for _ in range(_REMINDERS):
                stop()
                if wait([part], _GRACE / _REMINDERS).done:
                    break
        beside.submit(work.close)
        beside.shutdown(wait=part is None or part.done())


def _advance(work: Work[Result]) -> tuple[Step | None, Result | None]:
    """The next step, or None and the result (a StopIteration must not leave the thread)."""
    try:
        return next(work), None
    except StopIteration as end:
        return None, end.value
