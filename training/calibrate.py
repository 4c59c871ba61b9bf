"""Where 0 and 1000 stand: the percentiles of real scans, and how they follow the source.

A line through the *prediction's* own percentiles was tried and dropped: they hardly vary from subject to subject. The
*source's* distribution does tell something: leave-one-out over 16 subjects, 0.13 dB on average, 0.5 in T1 -> T1CE.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.levels import profile
from engine.modality import Modality
from training.levels import expected_levels
from training.phantom.folder import is_phantom
from training.subject import Subject

RIDGE = 3.0
"""Strength of the ridge against the mean square of the standardised numbers; of 0.3, 1, 3, 10 hardly another."""
_ENOUGH = 5
"""Subjects below which the source is not asked."""

Numbers = npt.NDArray[np.float64]


def calibrate(subjects: Sequence[Subject]) -> dict[Modality, dict[Modality, dict[str, Any]]]:
    """ "low" and "high" (model units) of every direction that some subject has, and their "lean" on the source."""
    expected = expected_levels(subjects)
    real = [subject for subject in subjects if not is_phantom(subject.name)]
    seen = {
        (subject.name, modality): profile(np.asarray(image, np.float32), np.asarray(image) > 0)
        for subject in real
        for modality, image in subject.images.items()
    }
    directions: dict[Modality, dict[Modality, dict[str, Any]]] = {}
    shown = {pair for subject in subjects for pair in permutations(subject.images, 2)}
    for source, target in (pair for pair in permutations(Modality, 2) if pair in shown):
        low, high = expected[target]
        told: dict[str, Any] = {"low": low, "high": high}
        both = [subject for subject in real if source in subject.images and target in subject.images]
        if len(both) >= _ENOUGH:
            profiles = np.array([seen[subject.name, source] for subject in both])
            told |= lean(profiles, np.array([subject.levels[target] for subject in both]))
        directions.setdefault(source, {})[target] = told
    return directions


def lean(profiles: Numbers, levels: Numbers) -> dict[str, Any]:
    """Ridge regression of (n, 2) levels on (n, quantiles) profiles: "low" and "high" at the mean, and the slopes."""
    mean, sd = profiles.mean(0), profiles.std(0) + 1e-6
    spread = (profiles - mean) / sd
    gram = spread @ spread.T / spread.shape[1]
    dual = np.linalg.solve(gram + RIDGE * np.eye(len(gram)), levels - levels.mean(0))
    slopes = spread.T @ dual / spread.shape[1] / sd[:, None]
    numbers = {
        "mean": mean,
        "least": profiles.min(0),
        "most": profiles.max(0),
        "low": slopes[:, 0],
        "high": slopes[:, 1],
    }
    low, high = levels.mean(0)
    rounded = {name: np.round(values, 6).tolist() for name, values in numbers.items()}
    return {"low": float(low), "high": float(high), "lean": rounded}
