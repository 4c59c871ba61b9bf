"""What an acquisition adds to the signal: field inhomogeneity, thick slices, a patient who moved, noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from training.augment import slabs
from training.phantom.noise import Field, smooth_noise

_shift: Any = ndimage.shift


@dataclass(frozen=True)
class Scanner:
    """Ranges that an acquisition is drawn from.

    bias:  share by which the brightest part of a field exceeds the darkest
    noise: standard deviation in parts of white matter (drawn evenly in its logarithm)
    thick: probability of thick slices;  slab: their thickness in voxels
    moved: mm that a contrast is off, standard deviation in all
    """

    bias: tuple[float, float] = (0.2, 0.4)
    noise: tuple[float, float] = (0.01, 0.05)
    thick: float = 0.3
    slab: tuple[int, int] = (2, 6)
    moved: float = 0.5

    def acquire(self, image: Field, mask: npt.NDArray[np.bool_], white: float, rng: np.random.Generator) -> Field:
        """(x, y, z) signal, 0 outside the mask -> what comes out of the scanner, 0 there as well.

        white: signal of white matter
        """
        weight = mask.astype(np.float32)
        image = image * self.field(image.shape, rng)
        image, weight = self._moved(image, weight, rng)
        if rng.random() < self.thick:
            axis, slab = int(rng.choice(3, p=(0.2, 0.2, 0.6))), int(rng.integers(self.slab[0], self.slab[1] + 1))
            image, weight = slabs(image, axis, slab), slabs(weight, axis, slab)
        level = white * float(np.exp(rng.uniform(*np.log(self.noise))))
        return np.where(mask, _rician(image / np.maximum(weight, 0.2), level, rng), 0).astype(np.float32)

    def field(self, shape: tuple[int, ...], rng: np.random.Generator) -> Field:
        """The sensitivity of the coils: smooth, around 1."""
        made = smooth_noise(shape, 0.3 * min(shape), rng)
        low, high = float(made.min()), float(made.max())
        peak = rng.uniform(*self.bias)
        return (1 + peak * ((made - low) / max(high - low, 1e-6) - 0.5)).astype(np.float32)

    def _moved(self, image: Field, weight: Field, rng: np.random.Generator) -> tuple[Field, Field]:
        by = rng.normal(0, self.moved / np.sqrt(3), 3)
        if rng.random() < 0.3 or not self.moved:
            return image, weight
        return _shift(image, by, order=1), _shift(weight, by, order=1)


def _rician(image: Field, level: float, rng: np.random.Generator) -> Field:
    real = image + level * rng.standard_normal(image.shape, np.float32)
    return np.sqrt(real**2 + (level * rng.standard_normal(image.shape, np.float32)) ** 2)
