"""Where the brain's 0.5 and 99.5 percentiles lie in model units, on average of a modality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.modality import Modality
from training.phantom.folder import real_ones
from training.subject import Subject

Levels = tuple[float, float]


def expected_levels(subjects: Sequence[Subject]) -> dict[Modality, Levels]:
    """Mean percentiles of every modality that some subject has; simulated patients count where no real one has it."""
    expected: dict[Modality, Levels] = {}
    for modality in Modality:
        having = real_ones([subject for subject in subjects if modality in subject.levels])
        if having:
            low, high = np.mean([subject.levels[modality] for subject in having], axis=0)
            expected[modality] = (float(low), float(high))
    return expected
