"""Percentiles of modalities, on average."""

import numpy as np
import pytest

from engine.modality import Modality
from training.data import Subject
from training.levels import expected_levels
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
