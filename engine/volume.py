"""A voxel grid that knows where it lies in the patient. All arithmetic of space is here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from nibabel import orientations

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.floating[Any]]

# nibabel does not type what it calls orientations; past these lines they are arrays.
_axis_codes: Any = orientations.aff2axcodes
_of_affine: Any = orientations.io_orientation
_between: Any = orientations.ornt_transform
_apply: Any = orientations.apply_orientation
_turned_index: Any = orientations.inv_ornt_aff

RAS: Array = np.array([[0, 1], [1, 1], [2, 1]])
"""The orientation of a grid whose axes point to the patient's right, front and top."""


@dataclass(frozen=True, eq=False)
class Volume:
    """Intensities on a voxel grid that knows where it lies in the patient.

    data:     (i, j, k), native dtype
    affine:   (4, 4) float64, voxel index -> world mm, RAS+
    oriented: False where the file does not say how the grid lies in the patient:
              then no letter of left and right may be drawn

    >>> grid = Volume(np.zeros((4, 5, 6), np.int16), np.diag([-1.0, -1.0, 2.0, 1.0]))
    >>> grid.orientation, grid.spacing.tolist()
    ('LPS', [1.0, 1.0, 2.0])
    >>> grid.ras([1, 1, 1]).tolist(), grid.ijk([-1, -1, 2]).tolist()
    ([-1.0, -1.0, 2.0], [1.0, 1.0, 1.0])
    """

    data: Array
    affine: Floats
    oriented: bool = True

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along i, j, k."""
        i, j, k = self.data.shape
        return i, j, k

    @property
    def spacing(self) -> Floats:
        """(3,) distance between neighbouring voxels along i, j, k, in mm."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def orientation(self) -> str:
        """Where i, j and k point ("LPS"), as nibabel's axis codes; "unknown" where the file does not say."""
        return "".join(_axis_codes(self.affine)) if self.oriented else "unknown"

    def ras(self, ijk: npt.ArrayLike) -> Floats:
        """World mm (..., 3) of voxel indices (..., 3)."""
        return np.asarray(ijk) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def ijk(self, ras: npt.ArrayLike) -> Floats:
        """Voxel indices (..., 3), not rounded, of world points (..., 3) in mm."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(ras) @ inverse[:3, :3].T + inverse[:3, 3]

    def intensity(self, ras: npt.ArrayLike) -> float | None:
        """Intensity at a world point (mm), linear between voxels; None outside the grid."""
        ijk = self.ijk(ras)
        if np.any(ijk < -1e-6) or np.any(ijk > np.array(self.shape) - 1 + 1e-6):
            return None
        low = np.clip(np.floor(ijk).astype(int), 0, np.array(self.shape) - 1)
        high = np.minimum(low + 1, np.array(self.shape) - 1)
        cell = self.data[np.ix_(*(sorted({a, b}) for a, b in zip(low, high, strict=True)))].astype(float)
        for axis, part in enumerate(np.clip(ijk - low, 0, 1)):
            cell = cell[:1] * (1 - part) + cell[-1:] * part
            cell = np.moveaxis(cell, 0, -1) if axis < 2 else cell
        return float(cell.reshape(-1)[0])

    @property
    def centre(self) -> Floats:
        """World mm of the middle of the grid."""
        return self.ras((np.array(self.shape) - 1) / 2)

    def with_data(self, data: Array) -> Volume:
        """The same grid holding other intensities of the same shape."""
        if data.shape != self.data.shape:
            raise ValueError(f"shape {data.shape} does not fit the grid {self.data.shape}")
        return replace(self, data=data)


def foreground(data: Array) -> Array:
    """(i, j, k) bool: the voxels that are neither 0 nor NaN nor infinite."""
    return (data != 0) & np.isfinite(data) if data.dtype.kind == "f" else data != 0


def orientation_of(affine: Floats) -> Array:
    """(3, 2) nibabel orientation: for each voxel axis the nearest of R, A, S, and 1 or -1 along it."""
    return _of_affine(affine)


def turn(data: Array, start: Array, end: Array) -> Array:
    """(i, j, k) with axes as in orientation `start` -> the same voxels with axes as in `end`, not copied."""
    return _apply(data, _between(start, end))


def turned_affine(volume: Volume, orientation: Array) -> Floats:
    """(4, 4) index -> world mm of the volume once its axes, which lie as in `orientation`, are turned to R, A, S."""
    return volume.affine @ _turned_index(orientation, volume.shape)
