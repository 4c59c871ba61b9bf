"""Changes to the source alone, as other scanners would make them. The target stays what it is.

What deforms source and target together is `training.geometry`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import zoom

Image = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Augmentation:
    """How often (0 to 1) a sample is changed in each way, and how far.

    flip:     left and right exchanged, source and target
    deformed: affine and elastic, source and target; geometry: its strength, 1 for +-10 %, 10 degrees, 1.6 voxels
    contrast, bias, thick, noise: of the source; strength: of contrast and bias, 1 for gamma +-10 % and field +-10 %
    """

    flip: float = 0.5
    deformed: float = 0.5
    geometry: float = 0.0
    contrast: float = 0.5
    bias: float = 0.3
    thick: float = 0.1
    noise: float = 0.2
    strength: float = 1.0


USUAL = Augmentation()


def augment_source(image: Image, rng: np.random.Generator, by: Augmentation = USUAL) -> Image:
    """(x, y, z) in model units -> the same shape and background: contrast, bias field, thick slices, noise."""
    inside = image > 0
    if rng.random() < by.contrast:
        image = contrast(image, rng, by.strength)
    if rng.random() < by.bias:
        image = image * bias_field(image.shape, rng, 0.1 * by.strength)
    if rng.random() < by.thick:
        image = thick_slices(image, rng)
    if rng.random() < by.noise:
        image = image + rng.normal(0, rng.uniform(0.005, 0.03), image.shape).astype(np.float32)
    return np.where(inside, np.maximum(image, 0), 0).astype(np.float32)


def contrast(image: Image, rng: np.random.Generator, strength: float = 1.0) -> Image:
    """Another gamma around the mean, another level and width."""
    z = (image - 1) * rng.uniform(1 - 0.08 * strength, 1 + 0.08 * strength)
    bent = np.sign(z) * np.abs(z) ** rng.uniform(1 - 0.1 * strength, 1 + 0.1 * strength)
    return (1 + rng.normal(0, 0.02 * strength) + bent).astype(np.float32)


def bias_field(shape: tuple[int, ...], rng: np.random.Generator, peak: float = 0.1) -> Image:
    """A smooth field around 1, up to `peak` away from it."""
    coarse = rng.uniform(1 - peak, 1 + peak, (3, 3, 3))
    return np.asarray(zoom(coarse, [side / 3 for side in shape], order=1), np.float32)


def thick_slices(image: Image, rng: np.random.Generator) -> Image:
    """Slabs of 2 to 5 voxels along one axis."""
    return slabs(image, int(rng.integers(3)), int(rng.integers(2, 6)))


def slabs(image: Image, axis: int, slab: int) -> Image:
    """Average slabs of `slab` voxels along an axis and interpolate between them."""
    side = image.shape[axis] // slab * slab
    front = np.moveaxis(image, axis, 0)
    means = front[:side].reshape(-1, slab, *front.shape[1:]).mean(1)
    at = np.clip((np.arange(front.shape[0]) - (slab - 1) / 2) / slab, 0, len(means) - 1)
    low = np.minimum(at.astype(int), len(means) - 2) if len(means) > 1 else np.zeros(len(at), int)
    part = (at - low)[:, None, None].astype(np.float32)
    thick = means[low] * (1 - part) + means[np.minimum(low + 1, len(means) - 1)] * part
    return np.moveaxis(thick, 0, axis).astype(np.float32)
