"""Where 0 and 1000 stand: the percentiles that real scans of a modality have on average.

A line through the prediction's own percentiles was tried and dropped: they hardly vary from subject to subject, and
what they say of the real ones is noise (docs/experiments.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from engine.modality import Modality
from training.data import Subject


def calibrate(subjects: Sequence[Subject]) -> dict[Modality, dict[Modality, dict[str, float]]]:
    """ "low" and "high" (model units) of every direction that some subject has, from all subjects of its target."""
    expected = {
        modality: np.mean([s.levels[modality] for s in subjects if modality in s.levels], axis=0)
        for modality in Modality
        if any(modality in s.levels for s in subjects)
    }
    directions: dict[Modality, dict[Modality, dict[str, float]]] = {}
    for subject in subjects:
        for source, target in permutations(subject.images, 2):
            low, high = expected[target]
            directions.setdefault(source, {})[target] = {"low": float(low), "high": float(high)}
    return directions
