"""Where 0 and 1000 stand: the same for every source, or leaning on it."""

import json

import numpy as np
import pytest

from engine.errors import BadBundle
from engine.levels import QUANTILES, Levels, profile

N = len(QUANTILES)
LEAN = {"mean": [1.0] * N, "least": [0.5] * N, "most": [1.5] * N, "low": [0.01] * N, "high": [-0.02] * N}


def test_without_a_lean_every_source_has_the_same():
    levels = Levels.from_json({"low": 0.4, "high": 1.8})
    assert levels.of(np.full(N, 9.0)) == levels == Levels(0.4, 1.8)


def test_levels_follow_the_source_within_what_was_seen():
    levels = Levels.from_json(json.loads(json.dumps({"low": 0.4, "high": 1.8, "lean": LEAN})))
    at = levels.of(np.full(N, 1.2))
    assert (at.low, at.high) == (pytest.approx(0.4 + 0.002 * N), pytest.approx(1.8 - 0.004 * N))
    assert levels.of(np.full(N, 7.0)) == levels.of(np.full(N, 1.5))
    assert levels.of(np.ones(N)) == Levels(0.4, 1.8)


def test_a_lean_of_another_length_is_refused():
    with pytest.raises(BadBundle, match="levels do not fit"):
        Levels.from_json({"low": 0.4, "high": 1.8, "lean": LEAN | {"low": [0.0]}})


def test_the_profile_is_of_the_brain_alone():
    image = np.zeros((4, 4, 4), np.float32)
    image[:2] = np.linspace(1, 2, 32).reshape(2, 4, 4)
    seen = profile(image, image > 0)
    assert seen[5] == pytest.approx(1.5)
    assert np.all(np.diff(seen) >= 0) and seen.min() >= 1
