"""What the scans hold inside an ellipse: every scan on its own grid, all through world millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.volume import Array, Floats, Volume

if TYPE_CHECKING:
    from app.state.viewer import Point


@dataclass(frozen=True)
class Ellipse:
    """A flat ellipse in the world.

    centre:       mm
    along, across: its two half axes as vectors, mm, at right angles
    """

    centre: Point
    along: Point
    across: Point

    @property
    def area(self) -> float:
        """Square millimetres."""
        return float(np.pi * np.linalg.norm(np.cross(self.along, self.across)))

    @property
    def ends(self) -> Floats:
        """(4, 3) ends of its axes, world mm: along, against, across, against."""
        along, across = np.array(self.along), np.array(self.across)
        return np.array(self.centre) + np.array([along, -along, across, -across])


@dataclass(frozen=True)
class Numbers:
    """Of the voxels in a region: how many, their mean and standard deviation (n - 1), in the scan's units."""

    count: int
    mean: float
    deviation: float


def numbers(volume: Volume, ellipse: Ellipse) -> Numbers:
    """Mean and deviation of what is inside; a count of 0 where the ellipse lies outside the scan."""
    values = inside(volume, ellipse).astype(float)
    values = values[np.isfinite(values)]
    mean = float(values.mean()) if values.size else 0.0
    return Numbers(values.size, mean, float(values.std(ddof=1)) if values.size > 1 else 0.0)


def inside(volume: Volume, ellipse: Ellipse) -> Array:
    """(n,) the voxels that the ellipse cuts.

    Voxels stand in columns along the axis that the ellipse faces most. A column whose middle line goes through the
    ellipse gives one voxel, the one that the line enters it in: so a flat region is one voxel thick on every grid,
    oblique and sheared ones too.
    """
    normal = np.cross(ellipse.along, ellipse.across)
    if not normal.any():
        return volume.data.ravel()[:0]
    depth = int(np.argmax(np.abs(normal @ volume.affine[:3, :3]) / volume.spacing))
    flat = [axis for axis in range(3) if axis != depth]
    columns = _columns(volume, ellipse, flat)
    column = volume.affine[:3, depth]
    start = volume.ras(np.insert(columns, depth, 0.0, axis=1))
    reach = (np.array(ellipse.centre) - start) @ normal / (column @ normal)
    offset = start + reach[:, None] * column - ellipse.centre
    hit = sum((offset @ np.array(axis) / np.dot(axis, axis)) ** 2 for axis in (ellipse.along, ellipse.across)) <= 1
    index = np.floor(reach + 0.5).astype(int)
    voxels = np.insert(columns.astype(int), depth, index, axis=1)[hit & (index >= 0) & (index < volume.shape[depth])]
    return volume.data[tuple(voxels.T)]


def _columns(volume: Volume, ellipse: Ellipse, flat: list[int]) -> Floats:
    """(n, 2) the columns of voxels in the box around the ellipse."""
    along, across, signs = np.array(ellipse.along), np.array(ellipse.across), ((-1, -1), (-1, 1), (1, -1), (1, 1))
    corners = np.array(ellipse.centre) + np.array([a * along + b * across for a, b in signs])
    ijk = volume.ijk(corners)[:, flat]
    low = np.maximum(np.floor(ijk.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(ijk.max(axis=0)), np.array(volume.shape)[flat] - 1).astype(int)
    first, second = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
    return np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1).reshape(-1, 2).astype(float)
