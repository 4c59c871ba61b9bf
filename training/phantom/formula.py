"""A brain without a label map: ellipsoids, folded by noise. It has the parts of a brain at about the right places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.volume import Array
from training.phantom import anatomy as parts
from training.phantom.anatomy import Anatomy
from training.phantom.noise import Field, smooth_noise, upsampled

_map: Any = ndimage.map_coordinates
_distance: Any = ndimage.distance_transform_edt

_EXTENT = (176, 212, 184)
"""mm of the whole head along R, A, S."""
_ABOVE = 12
"""mm from the middle of the grid up to the middle of the cerebrum: the cerebellum hangs below."""
_CORTEX = 3.0
_SHELLS = ((parts.CSF, 3.0), (parts.BONE, 5.0), (parts.MARROW, 7.0), (parts.BONE, 9.0), (parts.FAT, 13.0))
"""Around the brain: structure, and mm of its outer surface; skin comes last."""

_PAIRED = (
    (parts.HIPPOCAMPUS, (26, -16, -18), (5, 17, 5)),
    (parts.THALAMUS, (10, -14, 3), (8, 14, 8)),
    (parts.STRIATUM, (25, 4, 1), (5, 16, 10)),
    (parts.PALLIDUM, (19, 1, -1), (4, 9, 7)),
    (parts.STRIATUM, (15, 14, 10), (4, 14, 8)),
    (parts.VENTRICLE, (8, 12, 11), (5, 20, 7)),
    (parts.VENTRICLE, (12, -12, 14), (5, 22, 5)),
    (parts.VENTRICLE, (20, -34, 6), (6, 18, 8)),
    (parts.VENTRICLE, (27, -8, -13), (3, 14, 3)),
    (parts.CHOROID, (17, -28, 8), (2, 5, 2)),
)
"""Structure, middle and half axes in mm (x is mirrored), in the order in which they are laid over each other."""
_SINGLE = (
    (parts.VENTRICLE, (0, -8, -1), (2, 11, 8)),
    (parts.BRAIN_STEM, (0, -24, -32), (14, 12, 22)),
    (parts.BRAIN_STEM, (0, -33, -60), (9, 9, 24)),
    (parts.VENTRICLE, (0, -40, -38), (6, 3, 8)),
)


def formula_anatomy(rng: np.random.Generator, spacing: float = 1.0) -> Anatomy:
    """A brain in a head without a face; ventricles, folds and proportions differ from draw to draw. spacing: mm."""
    grid = _Grid(tuple(2 * round(side / spacing / 2) for side in _EXTENT), spacing)
    point = grid.point() + np.stack([2.0 * grid.noise(14, rng) for _ in range(3)])
    labels = np.zeros(grid.sides, np.uint8)
    _cerebrum(labels, point, grid, rng)
    _cerebellum(labels, point)
    swollen = float(np.exp(rng.normal(0, 0.25)))
    either = (np.abs(point[0]), point[1], point[2])
    for structure, middle, half in _PAIRED:
        size = swollen if structure == parts.VENTRICLE else 1.0
        labels[_radius(either, middle, np.array(half) * size) < 1] = structure
    for structure, middle, half in _SINGLE:
        labels[_radius(point, middle, np.array(half)) < 1] = structure
    return Anatomy(_in_a_head(labels, spacing), np.full(3, spacing))


@dataclass(frozen=True)
class _Grid:
    """Voxels along R, A, S, and their size in mm."""

    sides: tuple[int, ...]
    spacing: float

    def point(self) -> Field:
        """(3, x, y, z) mm from the middle of the brain."""
        axes = [(np.arange(side, dtype=np.float32) - (side - 1) / 2) * self.spacing for side in self.sides]
        axes[2] -= _ABOVE
        return np.stack(np.meshgrid(*axes, indexing="ij"))

    def index(self, point: Field) -> Field:
        """(3, x, y, z) voxel of points in mm."""
        middle = (np.array(self.sides, np.float32) - 1).reshape(3, 1, 1, 1) / 2
        return point / self.spacing + middle

    def noise(self, mm: float, rng: np.random.Generator) -> Field:
        """(x, y, z) smooth noise over `mm`."""
        return smooth_noise(self.sides, max(mm / self.spacing, 0.7), rng)


def _cerebrum(labels: npt.NDArray[np.uint8], point: Field, grid: _Grid, rng: np.random.Generator) -> None:
    """White matter under a folded cortex, CSF in the sulci and between the hemispheres."""
    hull, depth = _hull(point)
    sulcus = _to_sulcus(point, hull, grid, rng)
    deep = 21 + 5 * grid.noise(8, rng)
    gap = 0.8 + 0.35 * grid.noise(6, rng)
    folded = (depth < deep) & (depth > 0)
    inside = depth > 0
    labels[inside] = parts.WHITE
    labels[inside & ((depth < _CORTEX) | (folded & (sulcus < _CORTEX)))] = parts.CORTEX
    labels[folded & (sulcus < gap)] = parts.CSF
    middle = np.abs(point[0])
    bridge = _radius((middle, point[1], point[2]), (0, -2, 2), np.array([20, 36, 24])) < 1
    between = inside & ~bridge & (point[2] > -30)
    labels[between & (middle < 4)] = parts.CORTEX
    labels[between & (middle < 1)] = parts.CSF


def _hull(point: Field) -> tuple[Field, Field]:
    """Relative radius of the cerebrum's outer surface (1 on it), and mm beneath it."""
    down = np.where(point[2] < 0, np.float32(44), np.float32(66))
    radius = np.sqrt((point[0] / 67) ** 2 + (point[1] / 86) ** 2 + (point[2] / down) ** 2)
    return radius, (1 - radius) * 62


def _to_sulcus(point: Field, hull: Field, grid: _Grid, rng: np.random.Generator) -> Field:
    """mm to the nearest sheet of a sulcus: where noise that hardly changes with depth is 0."""
    bent = point + np.stack([3.5 * grid.noise(5, rng) for _ in range(3)])
    outward = grid.index(bent * (0.45 + 0.45 / np.maximum(hull, 0.3)))
    drawn = _map(grid.noise(2.9, rng), outward, order=1, mode="wrap")
    slope = np.sqrt(sum(np.square(np.gradient(drawn, axis=axis)) for axis in range(3))) / grid.spacing
    return np.abs(drawn) / np.maximum(slope, 0.05)


def _cerebellum(labels: npt.NDArray[np.uint8], point: Field) -> None:
    """Leaves of cortex around a core of white matter."""
    radius = _radius(point, (0, -50, -44), np.array([50, 30, 25]))
    free = (radius < 1.06) & ((labels == parts.BACKGROUND) | (point[2] < -24) & (point[1] < -24))
    angle = np.arctan2(point[2] + 44, point[1] + 30)
    leaf = np.abs(np.sin(9 * angle + 0.06 * point[0]))
    labels[free] = parts.CSF
    labels[free & (radius < 1)] = parts.CEREBELLAR_CORTEX
    labels[free & (radius < 1) & (radius > 0.55) & (leaf < 0.12)] = parts.CSF
    labels[free & (radius < 0.5 + 0.35 * (leaf > 0.85))] = parts.CEREBELLAR_WHITE


def _in_a_head(labels: npt.NDArray[np.uint8], spacing: float) -> npt.NDArray[np.uint8]:
    """The brain with CSF, skull, marrow, fat and skin around it."""
    small = _distance(labels[::2, ::2, ::2] == 0, sampling=2 * spacing)
    outside = upsampled(np.pad(small.astype(np.float32), (0, 1), mode="edge"), 2, labels.shape)
    head = labels.copy()
    empty = labels == 0
    near = 0.0
    for structure, far in _SHELLS:
        head[empty & (outside > near) & (outside <= far)] = structure
        near = far
    head[empty & (outside > near) & (outside <= near + 2)] = parts.SKIN
    return head


def _radius(point: Field | tuple[Array, Array, Array], middle: tuple[int, int, int], half: Array) -> Field:
    """Relative distance from the middle of an ellipsoid: 1 on its surface. point: x, y, z in mm."""
    a, b, c = half.astype(np.float32)
    x, y, z = point[0] - middle[0], point[1] - middle[1], point[2] - middle[2]
    return np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
