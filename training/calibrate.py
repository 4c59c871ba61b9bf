"""Where 0 and 1000 stand: the percentiles that real scans of a modality have on average.

A line through the prediction's own percentiles was tried and dropped: they hardly vary from subject to subject, and
what they say of the real ones is noise (docs/experiments.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from engine.modality import Modality
from training.levels import expected_levels
from training.subject import Subject


def calibrate(subjects: Sequence[Subject]) -> dict[Modality, dict[Modality, dict[str, float]]]:
    """ "low" and "high" (model units) of every direction that some subject has, from all subjects of its target."""
    expected = expected_levels(subjects)
    directions: dict[Modality, dict[Modality, dict[str, float]]] = {}
    for subject in subjects:
        for source, target in permutations(subject.images, 2):
            low, high = expected[target]
            directions.setdefault(source, {})[target] = {"low": low, "high": high}
    return directions
