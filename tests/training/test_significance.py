"""Paired over subjects, against numbers that can be worked out by hand."""

import pytest

from training.significance import interval, paired


def test_six_subjects_that_all_gain_have_the_smallest_p_there_is():
    found = paired([1.0, 2.1, 3.2, 4.3, 5.4, 6.5], [0.0] * 6)
    assert found.p == pytest.approx(2 / 2**6)
    assert found.mean == pytest.approx(3.75)
    assert found.interval is not None
    assert 1 < found.interval[0] < 3.75 < found.interval[1] < 6.5


def test_gains_and_losses_that_cancel_are_no_difference():
    found = paired([1.0, -1.1, 2.0, -2.1, 3.0, -3.1], [0.0] * 6)
    assert found.p is not None
    assert found.p > 0.6
    assert found.interval is not None
    assert found.interval[0] < 0 < found.interval[1]


def test_one_subject_proves_nothing():
    found = paired([3.0], [1.0])
    assert (found.mean, found.interval, found.p) == (2.0, None, None)


def test_the_same_values_are_the_same():
    assert paired([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).p == 1.0


def test_the_interval_is_the_same_every_time():
    assert interval([1.0, 5.0, 2.0, 8.0]) == interval([1.0, 5.0, 2.0, 8.0])
