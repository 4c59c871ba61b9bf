"""Intervals learnt from some subjects cover another that is like them, and fail to cover one that is not."""

from dataclasses import replace

import numpy as np
import pytest

from engine.modality import Modality
from training.conformal import LEVELS, Errors, Measured, calibration_of, hold_out

PAIR = (Modality.T1, Modality.T2)


def subject(seed: int, scale: float = 1.0, count: int = 5_000) -> Errors:
    """Errors that grow with the result."""
    rng = np.random.default_rng(seed)
    z, made = rng.normal(0, 1, count), rng.uniform(0, 1000, count)
    error = scale * np.abs(rng.normal(0, 0.1 * made + 10))
    parts = (z, made, np.zeros(count), error)
    return Errors(*(part.astype(np.float32) for part in parts))


OTHER = (Modality.T2, Modality.T1)
ALIKE = {name: subject(seed) for seed, name in enumerate("abcd")}


def measured(found: dict[str, Errors]) -> Measured:
    """The same in two directions, of which the second has twice the error."""
    doubled = {name: replace(errors, error=2 * errors.error) for name, errors in found.items()}
    return {PAIR: {"prior": found}, OTHER: {"prior": doubled}}


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_reached_where_subjects_are_alike(level: float):
    held = hold_out(measured(ALIKE), "prior", level)
    assert len(held) == 8
    for one in held.values():
        assert one.covered[level] == pytest.approx(level, abs=0.03)


def test_error_rises_with_the_map_and_the_interval_is_narrower_than_one_width_for_all():
    for held in hold_out(measured(ALIKE), "prior", 0.9).values():
        assert held.rank > 0.3
        assert held.width < 0.95


def test_a_subject_unlike_the_others_is_not_covered():
    """Which is why the number of subjects stands beside every map."""
    mixed = {**ALIKE, "odd": subject(9, scale=3.0)}
    assert hold_out(measured(mixed), "prior", 0.9)[PAIR, "odd"].covered[0.9] < 0.6


def test_what_varies_between_subjects_makes_the_factor_larger():
    mixed = {**ALIKE, "odd": subject(9, scale=3.0)}
    alike, varied = (calibration_of(measured(found), 0.9).factors[PAIR]["prior"] for found in (ALIKE, mixed))
    assert varied > 1.05 * alike


def test_every_direction_and_every_way_has_its_factor():
    wide = {name: subject(seed, scale=2.0) for seed, name in enumerate("abcd")}
    calibration = calibration_of({PAIR: {"prior": ALIKE, "shortcut, mean of 4": wide}, **_second(ALIKE)}, 0.9)
    assert calibration.subjects == ("a", "b", "c", "d")
    first, second = calibration.factors[PAIR], calibration.factors[OTHER]
    assert first["shortcut, mean of 4"] == pytest.approx(2 * first["prior"], rel=0.05)
    assert second["prior"] == pytest.approx(2 * first["prior"], rel=0.05)


def _second(found: dict[str, Errors]) -> Measured:
    return {OTHER: measured(found)[OTHER]}


def test_one_subject_has_no_factor():
    two, one = {name: ALIKE[name] for name in "ab"}, {"a": ALIKE["a"]}
    assert set(calibration_of({PAIR: {"prior": two, "full": one}}, 0.9).factors[PAIR]) == {"prior"}
