"""From a voxel of the phantom to a place in the anatomy: one affine and one elastic deformation for all contrasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from engine.volume import Floats
from training.phantom.noise import Field, smooth_noise, upsampled

_map: Any = ndimage.map_coordinates
_ELASTIC_STEP = 4
_SQUARINGS = 6
_EDGE = 3.0
"""Voxels left free around the brain."""


@dataclass(frozen=True)
class Deformation:
    """How far brains differ from their anatomy. Lengths in mm, angles in degrees."""

    scale: tuple[float, float] = (0.85, 1.15)
    rotation: float = 15.0
    shear: float = 0.02
    elastic: float = 4.0

    def matrix(self, rng: np.random.Generator) -> Floats:
        """(3, 3) of the affine's linear part; half of all brains are mirrored left to right."""
        angles = np.deg2rad(rng.uniform(-self.rotation, self.rotation, 3))
        turn = np.eye(3)
        for axis, angle in enumerate(angles):
            turn = turn @ _about(axis, angle)
        shear = np.eye(3) + np.triu(rng.uniform(-self.shear, self.shear, (3, 3)), 1)
        mean = rng.uniform(*self.scale)
        scale = np.diag(np.clip(mean * rng.uniform(0.96, 1.04, 3), *self.scale))
        mirror = np.diag([-1.0 if rng.random() < 0.5 else 1.0, 1, 1])
        return turn @ shear @ scale @ mirror

    def displacement(self, shape: tuple[int, ...], rng: np.random.Generator, unit: float) -> Floats:
        """(3, x, y, z) voxels: the exponential of a stationary velocity field, so that nothing folds.

        unit: mm of the anatomy that a voxel spans
        """
        coarse = tuple(side // _ELASTIC_STEP + 4 for side in shape)
        peak = rng.uniform(0.25, 1) * self.elastic / unit / _ELASTIC_STEP
        reach = rng.uniform(4, 8) / unit
        velocity = np.stack([smooth_noise(coarse, reach, rng) for _ in range(3)]) * peak
        moved = _exponential(velocity) * _ELASTIC_STEP
        return np.stack([upsampled(part, _ELASTIC_STEP, shape) for part in moved])


def fitted(matrix: Floats, half: Floats, shape: tuple[int, ...]) -> Floats:
    """The matrix shrunk, where it must be, so that a brain of these half sides (mm) stays inside `shape`."""
    reach = np.sqrt(((matrix * half) ** 2).sum(1))
    room = np.array(shape) / 2 - _EDGE
    return matrix * min(1.0, float((room / reach).min()))


def coordinates(shape: tuple[int, ...], matrix: Floats, displacement: Field, centre: Floats, spacing: Floats) -> Field:
    """(3, x, y, z) index in the anatomy of every voxel.

    matrix: (3, 3) anatomy mm -> voxels; centre: (3,) index in the anatomy that comes to lie in the middle
    """
    back = (np.linalg.inv(matrix) / spacing[:, None]).astype(np.float32)
    axes = np.meshgrid(*[np.arange(side, dtype=np.float32) - (side - 1) / 2 for side in shape], indexing="ij")
    moved = np.stack([axis + part for axis, part in zip(axes, displacement, strict=True)])
    return np.einsum("ab,bxyz->axyz", back, moved) + centre.astype(np.float32)[:, None, None, None]


def _exponential(velocity: Field) -> Field:
    grid = np.indices(velocity.shape[1:], np.float32)
    moved = velocity / 2**_SQUARINGS
    for _ in range(_SQUARINGS):
        moved = moved + np.stack([_map(part, grid + moved, order=1, mode="nearest") for part in moved])
    return moved


def _about(axis: int, angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    turn = np.eye(3)
    first, second = [other for other in range(3) if other != axis]
    turn[first, first] = turn[second, second] = c
    turn[first, second], turn[second, first] = -s, s
    return turn
