"""Percentiles of subjects, and images moved to the average ones."""

import numpy as np
import pytest

from engine.modality import Modality
from tests.training.conftest import TINY
from training.data import Subject, draw
from training.levels import at_level, expected_levels
from training.phantom.folder import name_of

SIDE = 16


def subject(name: str, levels: tuple[float, float], modalities: tuple[Modality, ...] = (Modality.T1, Modality.T2)):
    rng = np.random.default_rng(0)
    image = rng.uniform(*levels, (SIDE,) * 3).astype(np.float16)
    mask = np.ones(image.shape, bool)
    return Subject(name, dict.fromkeys(modalities, image), mask, dict.fromkeys(modalities, levels))


def test_the_expected_level_is_the_mean_of_the_subjects():
    levels = expected_levels([subject("a", (0.2, 1.6)), subject("b", (0.4, 2.0))])
    assert levels[Modality.T1] == pytest.approx((0.3, 1.8))
    assert Modality.PD not in levels


def test_simulated_patients_count_where_no_real_one_is():
    levels = expected_levels([subject("a", (0.2, 1.6)), subject(name_of(0), (0.8, 1.2), (Modality.T1, Modality.PD))])
    assert levels[Modality.T1] == pytest.approx((0.2, 1.6))
    assert levels[Modality.PD] == pytest.approx((0.8, 1.2))


def test_percentiles_go_where_they_are_wanted_and_the_background_stays():
    image = np.array([0, 0.4, 1.0, 2.0], np.float32)
    np.testing.assert_allclose(at_level(image, (0.4, 2.0), (0.5, 1.5)), [0, 0.5, 0.875, 1.5], rtol=1e-6)
    assert at_level(image, (1.0, 2.0), (0.1, 1.5))[1] > 0, "tissue never becomes background"


def test_targets_are_drawn_at_their_level_and_sources_at_their_own():
    dark = subject("a", (0.2, 1.0))
    wanted = {Modality.T1: (0.4, 1.2), Modality.T2: (0.4, 1.2)}
    own, moved = (draw([dark], TINY, SIDE, 2, 0, 0, augment=False, levels=levels) for levels in (None, wanted))
    np.testing.assert_array_equal(own.source, moved.source)
    np.testing.assert_allclose(moved.target, own.target + 0.2, atol=1e-3)
