"""The estimate of the time left."""

from __future__ import annotations

import pytest

from app.state.study import QUALITY
from app.state.synthesis import Orders, Pace, duration
from engine.modality import Modality
from engine.progress import Step
from engine.synthesis import Mode, Request

SECONDS = {"prepare": 1.0, "load": 1.0, "encode": 1.0, "ms-spade": 1.0, "denoise": 4.0, "decode": 1.0, "place": 1.0}


def pace(mode: Mode = Mode.SHORTCUT, samples: int = 1, targets: int = 1) -> Pace:
    wanted = (Modality.T2, Modality.FLAIR)[:targets]
    return Pace.of(Request(Modality.T1, wanted, mode, samples=samples), SECONDS, began=100.0)


def test_all_that_is_left_is_counted_from_what_is_known():
    assert pace().after(Step("prepare", 0, 1), 100.0).left == pytest.approx(10.0)
    assert pace(targets=2).after(Step("prepare", 0, 1), 100.0).left == pytest.approx(17.0)
    assert pace(Mode.PRIOR).after(Step("prepare", 0, 1), 100.0).left == pytest.approx(6.0)
    assert pace(samples=3).after(Step("prepare", 0, 1), 100.0).left == pytest.approx(20.0)


def test_a_step_of_the_sampler_teaches_the_length_of_the_others():
    clock = pace()
    clock.after(Step("denoise", 0, 10), 104.0)
    now = clock.after(Step("denoise", 5, 10), 109.0)
    assert now.left == pytest.approx(5.0 + 2.0)
    assert now.fraction == pytest.approx(9 / 16)
    assert now.text == "Refining · step 6/10 · 7 s left"


def test_a_slow_day_is_told_from_the_stages_that_are_late():
    clock = pace()
    clock.after(Step("encode", 0, 1), 100.0)
    assert clock.after(Step("encode", 0, 1), 105.0).left == pytest.approx(5 * 7.0)
    assert clock.after(Step("ms-spade", 0, 1), 105.0).left == pytest.approx(5 * 7.0)
    clock.after(Step("denoise", 0, 4), 110.0)
    assert clock.after(Step("denoise", 1, 4), 116.0).left == pytest.approx(18.0 + 5 * 2.0)


def test_what_a_slow_day_has_taught_is_not_stretched_again():
    clock, now = pace(Mode.PRIOR, targets=2), 100.0
    for stage in ("encode", "ms-spade", "decode", "place"):
        clock.after(Step(stage, 0, 1), now)
        now += 5.0
    assert clock.after(Step("ms-spade", 0, 1), now).left == pytest.approx(3 * 5.0)


def test_a_disk_that_is_slow_says_nothing_of_the_rest():
    clock = pace()
    clock.after(Step("load", 0, 1), 100.0)
    assert clock.after(Step("load", 0, 1), 130.0).left == pytest.approx(8.0)
    assert clock.after(Step("encode", 0, 1), 130.0).left == pytest.approx(8.0)


def test_the_fraction_never_leaves_its_range_and_ends_at_one():
    clock, now = pace(), 100.0
    for stage in ("prepare", "load", "encode", "ms-spade", "denoise", "decode", "place"):
        now += 30.0
        assert 0 <= clock.after(Step(stage, 0, 1), now).fraction <= 1
    assert clock.after(Step("place", 1, 1), now + 50).fraction == pytest.approx(1.0)


def test_what_was_learnt_stays_with_the_pace_alone():
    clock = pace()
    clock.after(Step("encode", 0, 1), 103.0)
    clock.after(Step("ms-spade", 0, 1), 109.0)
    assert clock.seconds["encode"] == pytest.approx(6.0)
    assert SECONDS["encode"] == 1.0


def test_each_mode_keeps_the_seconds_of_its_own_sampler():
    orders = Orders(seconds={**Orders().seconds, **SECONDS, "denoise in full": 9.0})
    assert [orders.expected(mode) for mode in QUALITY] == pytest.approx([5.0, 9.0, 14.0])
    slow = Pace.of(Request(Modality.T1, (Modality.T2,), Mode.FULL), orders.seconds, began=100.0)
    assert slow.after(Step("denoise", 0, 20), 104.0).left == pytest.approx(9.0 + 2.0)
    slow.after(Step("denoise", 20, 20), 124.0)
    told: list[object] = []
    orders.events.seconds.connect(told.append)
    orders.learn(slow)
    assert told and [orders.expected(mode) for mode in QUALITY] == pytest.approx([5.0, 9.0, 25.0])


def test_samples_cost_their_own_refinement():
    orders = Orders(samples=3, seconds={**Orders().seconds, **SECONDS})
    assert orders.expected(Mode.SHORTCUT) == pytest.approx(4.0 + 3 * 5.0)
    assert orders.expected(Mode.PRIOR) == pytest.approx(5.0)


@pytest.mark.parametrize(("seconds", "words"), [(3, "a few seconds"), (42, "about 40 s"), (170, "about 3 min")])
def test_a_duration_is_said_as_roughly_as_it_is_known(seconds: float, words: str):
    assert duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == words
