"""The intensity map of the training subjects."""

import numpy as np
import pytest

from engine.modality import Modality
from tests.training.conftest import FOUR
from training.baselines.intensity import intensity_curve
from training.data import Subject

KNOTS = np.linspace(0, 2.5, 26)
PAIR = (Modality.T1, Modality.T2)


def subject(source: np.ndarray, target: np.ndarray) -> Subject:
    images = {modality: image.astype(np.float16) for modality, image in zip(PAIR, (source, target), strict=True)}
    return Subject("made", images, np.ones(source.shape, bool), {})


def test_a_straight_change_is_found_again():
    source = np.random.default_rng(0).uniform(0.2, 2.2, (20, 20, 20))
    curve = intensity_curve([subject(source, 2 - 0.5 * source)], *PAIR, KNOTS)
    assert curve is not None
    inner = (KNOTS > 0.3) & (KNOTS < 2.1)
    np.testing.assert_allclose(curve[inner], 2 - 0.5 * KNOTS[inner], atol=0.01)


def test_a_knot_that_nobody_met_takes_its_neighbours_value():
    source = np.random.default_rng(0).uniform(0.9, 1.1, (20, 20, 20))
    curve = intensity_curve([subject(source, np.full_like(source, 0.7))], *PAIR, KNOTS)
    assert curve is not None
    np.testing.assert_allclose(curve, 0.7, atol=1e-3)


def test_subjects_count_by_their_voxels():
    source = np.ones((20, 20, 20))
    three = [subject(source, source * value) for value in (0.5, 0.5, 1.1)]
    curve = intensity_curve(three, *PAIR, KNOTS)
    assert curve is not None
    assert curve[10] == pytest.approx(0.7, abs=2e-3)


def test_without_such_subjects_there_is_no_map(subjects: list[Subject]):
    assert intensity_curve(subjects, Modality.T1, Modality.PD, KNOTS) is None
    assert intensity_curve([], *PAIR, KNOTS) is None
    assert all(intensity_curve(subjects, Modality.T1, target, KNOTS) is not None for target in FOUR[1:])
