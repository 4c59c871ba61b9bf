"""Changes to the source alone, as other scanners would make them. The target stays what it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import zoom

Image = npt.NDArray[np.float32]


def augment_source(image: Image, rng: np.random.Generator) -> Image:
    """(x, y, z) in model units -> the same shape and background: contrast, bias field, thick slices, noise."""
    inside = image > 0
    if rng.random() < 0.5:
        image = contrast(image, rng)
    if rng.random() < 0.3:
        image = image * bias_field(image.shape, rng)
    if rng.random() < 0.1:
        image = thick_slices(image, rng)
    if rng.random() < 0.2:
        image = image + rng.normal(0, rng.uniform(0.005, 0.03), image.shape).astype(np.float32)
    return np.where(inside, np.maximum(image, 0), 0).astype(np.float32)


def contrast(image: Image, rng: np.random.Generator) -> Image:
    """Another gamma around the mean, another level and width."""
    z = (image - 1) * rng.uniform(0.92, 1.08)
    bent = np.sign(z) * np.abs(z) ** rng.uniform(0.9, 1.1)
    return (1 + rng.normal(0, 0.02) + bent).astype(np.float32)


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
