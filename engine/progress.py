"""What long work yields: where it stands. Cancelling is not asking for the next one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from engine.preview import Preview


@dataclass(frozen=True)
class Step:
    """`done` of `total` equal parts of a stage lie behind us ("denoise", 3, 10).

    preview: what can be seen of the result by now, now and then, where it was asked for
    """

    stage: str
    done: int
    total: int
    preview: Preview | None = field(default=None, compare=False, repr=False)


Result = TypeVar("Result")
Work = Generator[Step, None, Result]
"""Long work: yields `Step`, returns its result. `close()` cancels it and runs its `finally`."""


def finish(work: Work[Result]) -> Result:
    """Run long work to its end without showing progress; return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
