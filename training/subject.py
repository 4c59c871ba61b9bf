"""One subject on the model grid."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.modality import Modality
from engine.preprocess import covered, cut, resample, to_units
from engine.presets import Grid
from engine.volume import Floats


@dataclass(frozen=True, eq=False)
class Subject:
    """Contrasts of one person on one model grid.

    images: by modality, (x, y, z) float16 in model units, background 0
    mask:   (x, y, z) bool, where any contrast has tissue
    levels: by modality, the 0.5 and 99.5 percentiles inside the brain, in model units
    """

    name: str
    images: dict[Modality, npt.NDArray[np.float16]]
    mask: npt.NDArray[np.bool_]
    levels: dict[Modality, tuple[float, float]]

    @property
    def content(self) -> str:
        """A name for these very voxels."""
        digest = hashlib.sha256()
        for image in (*self.images.values(), self.mask):
            digest.update(np.ascontiguousarray(image).tobytes())
        return digest.hexdigest()[:20]


def prepare(name: str, turned: dict[Modality, npt.NDArray[np.float32]], spacing: Floats, grid: Grid) -> Subject:
    """A subject from contrasts on one grid along R, A, S: (x, y, z), 0 outside the brain; spacing (3,) in mm."""
    within = {modality: covered(data) for modality, data in turned.items()}
    anywhere = np.any(list(within.values()), axis=0)
    scale, offset, shape = cut(anywhere, spacing, grid)

    def placed(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        return resample(array.astype(np.float32), scale, offset, shape)

    images: dict[Modality, npt.NDArray[np.float16]] = {}
    levels: dict[Modality, tuple[float, float]] = {}
    for modality, data in turned.items():
        inside = data[data != 0].astype(np.float64)
        units = to_units(placed(data), placed(within[modality]), inside.mean(), inside.std())
        images[modality] = units.astype(np.float16)
        low, high = np.percentile(units[placed(data != 0) > 0.5], [0.5, 99.5])
        levels[modality] = (float(low), float(high))
    return Subject(name, images, placed(anywhere) > 0.5, levels)
