"""Where 0 and 1000 stand: what real scans have on average."""

import numpy as np
import pytest

from tests.training.conftest import FOUR
from training.calibrate import calibrate
from training.data import Subject


def test_every_direction_expects_the_mean_percentiles_of_its_target(subjects: list[Subject]):
    directions = calibrate(subjects)
    assert {(a, b) for a in directions for b in directions[a]} == {(a, b) for a in FOUR for b in FOUR if a is not b}
    for targets in directions.values():
        for target, level in targets.items():
            low, high = np.mean([subject.levels[target] for subject in subjects], axis=0)
            assert level == {"low": pytest.approx(low), "high": pytest.approx(high)}
            assert level["low"] < level["high"]
