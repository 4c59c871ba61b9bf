"""An unsharp mask inside the brain: a result that is right on average is smoother than any real scan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Image = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_SIGMA, _REACH = 1.0, 2
"""Voxels: width of the blur, and how far it looks."""

# scipy does not type its filters; past this line they are arrays.
_gaussian_filter1d: Any = ndimage.gaussian_filter1d


@dataclass(frozen=True, eq=False)
class UnsharpMask:
    """Of one brain; nothing outside it is looked at. inside: (x, y, z); amount: of what a blur takes that is added."""

    inside: Mask
    amount: float

    def __call__(self, image: Image) -> Image:
        """`image` (x, y, z), sharpened inside the brain."""
        if self.amount == 0 or not self.inside.any():
            return image
        part, brain = image[self._box], self.inside[self._box]
        soft = _blurred(np.where(brain, part, 0)) / self._share
        made = image.copy()
        made[self._box] = np.where(brain, part + np.float32(self.amount) * (part - soft), part)
        return made

    @cached_property
    def _box(self) -> tuple[slice, ...]:
        return ndimage.find_objects(self.inside.astype(np.uint8))[0]

    @cached_property
    def _share(self) -> Image:
        """Of each voxel's surroundings that lies in the brain; the same for every image of it."""
        return np.maximum(_blurred(self.inside[self._box].astype(np.float32)), 1e-3)


def _blurred(array: Image) -> Image:
    for axis in range(3):
        array = _gaussian_filter1d(array, _SIGMA, axis=axis, mode="constant", radius=_REACH)
    return array
