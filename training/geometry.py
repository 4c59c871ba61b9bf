"""Another head in the same crop: a small affine and elastic deformation of source, target and mask together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.volume import Floats

Image = npt.NDArray[np.float32]
Places = Floats

_map: Any = ndimage.map_coordinates

_SCALE, _ANGLE, _ELASTIC = 0.1, np.deg2rad(10), 0.15
"""At strength 1: relative change of size, radians, and parts of the distance between two knots (0.16 could fold)."""
_KNOTS = 4


def places(low: Sequence[int], crop: int, strength: float, rng: np.random.Generator) -> Places:
    """(3, crop, crop, crop) voxel of the subject that each voxel of a deformed crop shows.

    low: first voxel of the crop; strength: 1 for sizes +-10 %, turns of 10 degrees and, in a crop of 32, 1.6 voxels
    """
    a, b, c = rng.uniform(-_ANGLE, _ANGLE, 3) * strength
    turn = np.array([[1, -c, b], [c, 1, -a], [-b, a, 1]])  # of small angles
    matrix = (turn * (1 + strength * rng.uniform(-_SCALE, _SCALE, 3))).astype(np.float32)
    axis = np.arange(crop, dtype=np.float32) - (crop - 1) / 2
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"))
    middle = (np.asarray(low, np.float32) + (crop - 1) / 2).reshape(3, 1, 1, 1)
    far = _ELASTIC * strength * crop / (_KNOTS - 1)
    knots = rng.uniform(-far, far, (3, _KNOTS, _KNOTS, _KNOTS)).astype(np.float32)
    return np.tensordot(matrix, grid, 1) + middle + _between(knots, crop)


def sampled(images: Sequence[npt.NDArray[Any]], where: Places) -> list[Image]:
    """Images (x, y, z) in model units, background 0, at places (3, ...): linear, the background never mixed in."""
    low = np.maximum(np.floor(where.min((1, 2, 3))).astype(int), 0)
    high = np.maximum(np.ceil(where.max((1, 2, 3))).astype(int) + 2, low + 1)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    where = where - low.astype(np.float32).reshape(3, 1, 1, 1)
    return [_interpolated(np.asarray(image[box], np.float32), where) for image in images]


def _interpolated(image: Image, where: Places) -> Image:
    if image.size == 0:
        return np.zeros(where.shape[1:], np.float32)
    mixed = _map(image, where, order=1, mode="constant", prefilter=False)
    weight = _map((image > 0).astype(np.float32), where, order=1, mode="constant", prefilter=False)
    return np.where(weight > 0.5, mixed / np.maximum(weight, 0.5), 0).astype(np.float32)


def _between(knots: Places, crop: int) -> Places:
    """Knots (3, k, k, k) -> (3, crop, crop, crop), by the cosine between neighbours: smooth where they meet."""
    at = np.linspace(0, knots.shape[1] - 1, crop)
    near = np.minimum(at.astype(int), knots.shape[1] - 2)
    part = ((1 - np.cos(np.pi * (at - near))) / 2).astype(np.float32)
    weights = np.zeros((crop, knots.shape[1]), np.float32)
    weights[np.arange(crop), near], weights[np.arange(crop), near + 1] = 1 - part, part
    for axis in (1, 2, 3):
        knots = np.moveaxis(np.tensordot(weights, knots, (1, axis)), 0, axis)
    return knots
