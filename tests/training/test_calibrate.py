"""Where 0 and 1000 stand, told from the prediction's own percentiles."""

import numpy as np
import pytest

from engine.networks.autoencoder import Autoencoder
from tests.bundles import TINY, networks
from tests.training.conftest import FOUR
from training.calibrate import calibrate, fit_line
from training.data import Subject


def test_a_line_goes_through_the_means_and_leans_less_than_the_fit():
    own = np.array([1.0, 2.0, 3.0, 4.0])
    offset, slope = fit_line(own, 0.5 + 2 * own)
    assert 0 < slope < 2
    assert offset + slope * own.mean() == pytest.approx(0.5 + 2 * own.mean())


def test_many_subjects_are_believed():
    own = np.linspace(0, 1, 4000)
    assert fit_line(own, 3 - own) == pytest.approx((3, -1), abs=0.01)


@pytest.mark.parametrize("own", [[1.0], [1.0, 2.0], [2.0, 2.0, 2.0, 2.0]])
def test_few_or_equal_subjects_give_the_mean(own: list[float]):
    real = np.arange(len(own), dtype=float)
    assert fit_line(np.array(own), real) == (real.mean(), 0.0)


def test_every_direction_gets_its_lines(subjects: list[Subject]):
    made = networks(TINY)
    assert isinstance(made["autoencoder"], Autoencoder)
    lines = calibrate(made["autoencoder"], made["ms_spade"], subjects, TINY)
    assert {(a, b) for a in lines for b in lines[a]} == {(a, b) for a in FOUR for b in FOUR if a is not b}
    for targets in lines.values():
        for target, line in targets.items():
            real = [subject.levels[target] for subject in subjects]
            assert set(line) == {"low", "high"}
            assert all(np.isfinite(line["low"])) and all(np.isfinite(line["high"]))
            assert min(high for _, high in real) > max(low for low, _ in real)
