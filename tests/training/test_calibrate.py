"""Where 0 and 1000 stand: what real scans have on average, and how that follows the source."""

import numpy as np
import pytest

from engine.levels import QUANTILES, Levels
from tests.training.conftest import FOUR
from training.calibrate import calibrate, lean
from training.data import Subject


def test_every_direction_expects_the_mean_percentiles_of_its_target(subjects: list[Subject]):
    directions = calibrate(subjects)
    assert {(a, b) for a in directions for b in directions[a]} == {(a, b) for a in FOUR for b in FOUR if a is not b}
    for targets in directions.values():
        for target, level in targets.items():
            low, high = np.mean([subject.levels[target] for subject in subjects], axis=0)
            assert (level["low"], level["high"]) == (pytest.approx(low), pytest.approx(high))
            assert level["low"] < level["high"]


def test_levels_that_follow_the_source_are_found_and_kept_within_what_was_seen():
    rng = np.random.default_rng(0)
    contrast = rng.uniform(0.7, 1.3, 16)  # of the scanner: it spreads source and target alike
    profiles = 1 + contrast[:, None] * np.linspace(-0.6, 0.6, len(QUANTILES))
    levels = np.stack([1 - 0.5 * contrast, 1 + 0.7 * contrast], axis=1)
    found = Levels.from_json(lean(profiles, levels))
    told = np.array([(at.low, at.high) for at in map(found.of, profiles)])
    unexplained = ((told - levels) ** 2).mean(0) / levels.var(0)
    assert unexplained.max() < 0.1, "the ridge shrinks, and no more"
    beyond, most = found.of(profiles.max(0) + 100), found.of(profiles.max(0))
    assert (beyond.low, beyond.high) == (pytest.approx(most.low), pytest.approx(most.high)), "and no farther"


def test_a_source_that_tells_nothing_leaves_the_mean():
    rng = np.random.default_rng(1)
    profiles, levels = np.ones((8, len(QUANTILES))), rng.uniform(0.5, 1.5, (8, 2))
    found = Levels.from_json(lean(profiles, levels)).of(profiles[0] * 2)
    np.testing.assert_allclose((found.low, found.high), levels.mean(0), atol=1e-5)
