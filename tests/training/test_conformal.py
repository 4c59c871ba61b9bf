"""Intervals learnt from some subjects cover another that is like them, and fail to cover one that is not."""

import numpy as np
import pytest

from engine.modality import Modality
from training.conformal import LEVELS, Errors, calibration_of, factor_of, hold_out

PAIR = (Modality.T1, Modality.T2)


def subject(seed: int, scale: float = 1.0, count: int = 5_000) -> Errors:
    """Errors that grow with the result."""
    rng = np.random.default_rng(seed)
    z, made = rng.normal(0, 1, count), rng.uniform(0, 1000, count)
    error = scale * np.abs(rng.normal(0, 0.1 * made + 10))
    parts = (z, made, np.zeros(count), error)
    return Errors(*(part.astype(np.float32) for part in parts))


ALIKE = {name: subject(seed) for seed, name in enumerate("abcd")}


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_reached_where_subjects_are_alike(level: float):
    for held in hold_out(ALIKE, ALIKE, level).values():
        assert held.covered[level] == pytest.approx(level, abs=0.03)


def test_error_rises_with_the_map_and_the_interval_is_narrower_than_one_width_for_all():
    for held in hold_out(ALIKE, ALIKE, 0.9).values():
        assert held.rank > 0.3
        assert held.width < 0.95


def test_a_subject_unlike_the_others_is_not_covered():
    """Which is why the number of subjects stands beside every map."""
    mixed = {**ALIKE, "odd": subject(9, scale=3.0)}
    held = hold_out(mixed, mixed, 0.9)["odd"]
    assert held.covered[0.9] < 0.6


def test_what_varies_between_subjects_makes_the_factor_larger():
    mixed = {**ALIKE, "odd": subject(9, scale=3.0)}
    assert factor_of(mixed, mixed, 0.9) > 1.1 * factor_of(ALIKE, ALIKE, 0.9)


def test_a_factor_for_every_way_and_names_of_all_subjects():
    wide = {name: subject(seed, scale=2.0) for seed, name in enumerate("abcd")}
    calibration = calibration_of({PAIR: {"prior": ALIKE, "shortcut, mean of 4": wide}}, 0.9)
    assert calibration.subjects == ("a", "b", "c", "d")
    factors = calibration.expected[PAIR].factors
    assert factors["shortcut, mean of 4"] == pytest.approx(2 * factors["prior"], rel=0.05)


def test_one_subject_calibrates_nothing():
    assert calibration_of({PAIR: {"prior": {"a": ALIKE["a"]}}}, 0.9).expected == {}
