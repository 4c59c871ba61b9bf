"""Where the brain's 0.5 and 99.5 percentiles lie in model units: of one subject, and of a modality on average.

Networks learn targets at the average level of their modality, because that is where a result's 0 and 1000 stand: what
the metrics measure and what the loss sees are then the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.modality import Modality
from training.phantom.folder import is_phantom
from training.subject import Subject

Levels = tuple[float, float]


def expected_levels(subjects: Sequence[Subject]) -> dict[Modality, Levels]:
    """Mean percentiles of every modality that some subject has; simulated patients count where no real one has it."""
    expected: dict[Modality, Levels] = {}
    for modality in Modality:
        having = [subject for subject in subjects if modality in subject.levels]
        having = [subject for subject in having if not is_phantom(subject.name)] or having
        if having:
            low, high = np.mean([subject.levels[modality] for subject in having], axis=0)
            expected[modality] = (float(low), float(high))
    return expected


def at_level(image: npt.NDArray[np.float32], own: Levels, wanted: Levels) -> npt.NDArray[np.float32]:
    """An image in model units, its percentiles moved from `own` to `wanted`; the background stays 0."""
    gain = (wanted[1] - wanted[0]) / max(own[1] - own[0], 1e-6)
    return np.where(image > 0, np.maximum((image - own[0]) * gain + wanted[0], 1e-3), 0).astype(np.float32)
