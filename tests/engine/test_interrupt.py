"""Work that is given up in the middle of a part."""

import threading

import pytest

from engine import interrupt
from engine.interrupt import interruptible
from engine.progress import Step, Work, finish

PATIENCE = 20.0


def never() -> None:
    raise AssertionError("nothing was under way")


class Part:
    """A call that takes as long as the test wants, and minds being told to stop or not."""

    def __init__(self, mind: bool = True) -> None:
        self.mind = mind
        self.entered, self.go, self.closed = threading.Event(), threading.Event(), threading.Event()

    def work(self) -> Work[str]:
        try:
            yield Step("encode", 0, 1)
            self.entered.set()
            if not self.go.wait(PATIENCE):
                raise TimeoutError("the test forgot its part")
            yield Step("decode", 0, 1)
            return "made"
        finally:
            self.closed.set()

    def stop(self) -> None:
        if self.mind:
            self.go.set()


def test_steps_and_result_are_those_of_the_work():
    def work() -> Work[int]:
        yield Step("encode", 0, 1)
        yield Step("decode", 0, 1)
        return 7

    steps: list[Step] = []
    wrapped = interruptible(work(), never)
    while True:
        try:
            steps.append(next(wrapped))
        except StopIteration as end:
            assert end.value == 7
            break
    assert steps == [Step("encode", 0, 1), Step("decode", 0, 1)]


def test_a_long_part_yields_its_step_again():
    part = Part()
    work = interruptible(part.work(), part.stop)
    assert [next(work) for _ in range(3)] == [Step("encode", 0, 1)] * 3
    part.go.set()
    assert finish(work) == "made"


def test_closing_tells_the_part_and_closes_the_work():
    part = Part()
    work = interruptible(part.work(), part.stop)
    next(work)
    next(work)
    assert part.entered.wait(PATIENCE)
    work.close()
    assert part.closed.wait(PATIENCE)


def test_a_part_that_did_not_hear_is_told_again():
    """It stood between two calls; a call forgets, as it begins, that the one before was told to end."""
    part, told = Part(), 0

    def stop() -> None:
        nonlocal told
        told += 1
        if told == 2:
            part.stop()

    work = interruptible(part.work(), stop)
    next(work)
    next(work)
    assert part.entered.wait(PATIENCE)
    work.close()
    assert part.closed.wait(PATIENCE)
    assert told == 2


def test_a_part_that_cannot_end_is_left_to_itself(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(interrupt, "_GRACE", 0.01)
    part = Part(mind=False)
    work = interruptible(part.work(), part.stop)
    next(work)
    next(work)
    assert part.entered.wait(PATIENCE)
    work.close()
    assert not part.closed.is_set()
    part.go.set()
    assert part.closed.wait(PATIENCE)


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_between_parts_nothing_has_to_be_told(taken: int):
    closed: list[bool] = []

    def work() -> Work[None]:
        try:
            yield Step("encode", 0, 1)
            yield Step("decode", 0, 1)
        finally:
            closed.append(True)

    wrapped = interruptible(work(), never)
    for _ in range(taken):
        next(wrapped)
    wrapped.close()
    assert closed == ([True] if taken else [])


@pytest.mark.parametrize("after", [0, 1])
def test_an_error_comes_through_as_it_is(after: int):
    def work() -> Work[None]:
        for _ in range(after):
            yield Step("encode", 0, 1)
        raise KeyError("encoder")

    with pytest.raises(KeyError, match="encoder"):
        finish(interruptible(work(), never))


def test_parts_share_one_thread():
    """The libraries keep settings a thread: what one part sets, the next must find."""
    seen: list[int] = []

    def work() -> Work[None]:
        for _ in range(3):
            seen.append(threading.get_ident())
            yield Step("encode", 0, 1)

    finish(interruptible(work(), never))
    assert len(set(seen)) == 1 and seen[0] != threading.get_ident()
