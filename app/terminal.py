"""Long work in a terminal: progress on stderr, Ctrl+C closes the work before anything else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.progress import Result, Step, Work


def tell(sentence: str) -> None:
    """One line for the reader, on stderr: stdout belongs to results."""
    print(sentence, file=sys.stderr, flush=True)


def follow(work: Work[Result]) -> Result:
    """Run long work to its end, showing each step; return its result. An interrupt lets the work clean up."""
    try:
        with _display() as show:
            while True:
                try:
                    show(next(work))
                except StopIteration as end:
                    return end.value
    finally:
        work.close()


@contextmanager
def _display() -> Iterator[Callable[[Step], None]]:
    """What shows a step: a moving bar in a terminal, one line a stage in a log."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # A refreshing thread of its own would race the work for the interpreter; each step repaints instead.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bars:
        bar = bars.add_task("", total=None)
        yield lambda step: bars.update(bar, description=step.stage, completed=step.done, total=step.total, refresh=True)


def _lines() -> Callable[[Step], None]:
    stage = ""

    def show(step: Step) -> None:
        nonlocal stage
        if step.stage != stage:
            stage = step.stage
            tell(f"{stage} ...")

    return show
