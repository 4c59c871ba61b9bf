"""The intensity map: for every source intensity the mean target intensity of the training subjects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.modality import Modality
from training.data import Subject


def intensity_curve(
    subjects: Sequence[Subject], source: Modality, target: Modality, knots: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32] | None:
    """(knots,) mean target intensity around each source intensity, in model units; None without such subjects.

    Every voxel counts for its two nearest knots; a knot that nobody met takes its neighbours' value.
    """
    total, weight = np.zeros(len(knots)), np.zeros(len(knots))
    for subject in subjects:
        if source in subject.images and target in subject.images:
            x = subject.images[source][subject.mask].astype(np.float64)
            y = subject.images[target][subject.mask].astype(np.float64)
            place = np.clip(np.interp(x, knots, np.arange(len(knots))), 0, len(knots) - 1.001)
            low, part = place.astype(int), place % 1
            for index, share in ((low, 1 - part), (low + 1, part)):
                weight += np.bincount(index, share, len(knots))
                total += np.bincount(index, share * y, len(knots))
    met = weight > 10
    if not met.any():
        return None
    return np.interp(knots, knots[met], total[met] / weight[met]).astype(np.float32)
