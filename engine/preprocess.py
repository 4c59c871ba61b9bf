"""Between a scan's own grid and the grid of the networks, there and back.

Model units: 1 + z/4, where z is the z-score inside the brain; background 0. Zero is then both the
background and what convolutions pad with, and a crop sees what the whole volume sees.
Networks of the authors want percentiles at -1 and 1 instead (`Grid.units`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import fill_voids
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.errors import UnsupportedScan
from engine.presets import Grid
from engine.volume import RAS, Array, Floats, Volume, foreground, orientation_of, turn, turned_affine

SDS_TO_FLOOR = 4.0
"""Standard deviations between the foreground's mean (model unit 1) and model unit 0."""

# scipy does not type its filters, nor does fill_voids; past these lines they are arrays.
_fill: Any = fill_voids.fill
_affine_transform: Any = ndimage.affine_transform
_gaussian_filter1d: Any = ndimage.gaussian_filter1d

_LARGEST_SIDE = 512
"""Voxels of a model grid; a larger one means that the header's voxel size is wrong."""
_RIM = 2.0
"""Voxels over which a result fades out beyond the model's foreground, for the scan's voxels at its rim."""
_DARKEST = 1e-3
"""Model units of the darkest tissue: 0 is the background's alone."""

_SAME_SPACING = 2e-3
"""Relative difference under which voxels are copied and not interpolated."""


@dataclass(frozen=True, eq=False)
class Placement:
    """How a model grid was cut from a scan.

    orientation: (3, 2) nibabel orientation of the scan's axes
    scale:       (3,) scan voxels (axes turned to RAS) a model voxel
    offset:      (3,) scan voxel (axes turned to RAS) at model index 0
    shape:       of the model grid
    mean, sd:    of the scan's foreground, in the scan's units
    present:     where the scan, its axes turned to RAS, is `covered`
    """

    orientation: Array
    scale: Floats
    offset: Floats
    shape: tuple[int, int, int]
    mean: float
    sd: float
    present: npt.NDArray[np.bool_]

    def affine(self, scan: Volume) -> Floats:
        """(4, 4) model index -> world mm."""
        within = np.diag([*self.scale, 1.0])
        within[:3, 3] = self.offset
        return turned_affine(scan, self.orientation) @ within


def to_model(scan: Volume, grid: Grid) -> tuple[npt.NDArray[np.float32], Placement]:
    """Cut what is `covered` out of a scan and bring it to model units, by mean and deviation of its foreground.

    Returns (x, y, z) float32 along the scan's own axes turned to the nearest R, A, S, and the way back.
    """
    orientation = orientation_of(scan.affine)
    turned = turn(scan.data, orientation, RAS)
    present = covered(turned)
    inside = turned[foreground(turned)].astype(np.float64)
    _check(scan, inside)
    scale, offset, shape = cut(present, scan.spacing[np.argsort(orientation[:, 0])], grid)
    placement = Placement(orientation, scale, offset, shape, float(inside.mean()), float(inside.std()), present)
    box = _box(present)
    near, within = present[box], offset - [side.start for side in box]
    data = resample(np.where(near, turned[box], 0).astype(np.float32), scale, within, shape)
    weight = resample(near.astype(np.float32), scale, within, shape)
    if grid.units == "percentiles":
        return to_percentiles(data, weight), placement
    return to_units(data, weight, placement.mean, placement.sd), placement


def covered(data: Array) -> npt.NDArray[np.bool_]:
    """(i, j, k): the foreground, and each 0 that it encloses: fluid that a file holds as 0 is no background."""
    return np.logical_and(_fill(foreground(data)), np.isfinite(data), order="C")


def tissue(array: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.bool_]:
    """Where what `to_model` gave holds the brain, (x, y, z)."""
    return array > (-1 if grid.units == "percentiles" else 0)


def to_units(
    data: npt.NDArray[np.float32], weight: npt.NDArray[np.float32], mean: float, sd: float
) -> npt.NDArray[np.float32]:
    """Model units of interpolated intensities whose share of foreground is `weight` (both (x, y, z))."""
    inside = weight > 0.5
    z = (data / np.maximum(weight, 0.5) - mean) / sd
    return np.where(inside, np.maximum(1 + z / SDS_TO_FLOOR, _DARKEST), 0).astype(np.float32)


def to_percentiles(data: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Units of the authors' networks: 0.5 and 99.5 percentiles of the whole grid at -1 and 1, brighter ones beyond."""
    inside = weight > 0.5
    whole = np.where(inside, data / np.maximum(weight, 0.5), 0)
    low, high = np.percentile(whole, [0.5, 99.5])
    if high <= low:  # a brain of less than 0.5 % of the grid
        low, high = np.percentile(whole[inside], [0.5, 99.5])
    units = 2 * (whole - low) / (high - low) - 1
    return np.where(inside, np.maximum(units, _DARKEST - 1), -1).astype(np.float32)


def from_model(array: npt.NDArray[np.float32], scan: Volume, placement: Placement) -> Volume:
    """Put a model grid back onto the scan's own grid: same shape, same affine; 0 where the scan is not `covered`.

    array: (x, y, z) of `placement.shape`, any units whose background is 0
    """
    if array.shape != placement.shape:
        raise ValueError(f"shape {array.shape} is not the placement's {placement.shape}")
    scale, offset = 1 / placement.scale, -placement.offset / placement.scale
    if not _copies(scale, offset):
        array = _filled(array)
    data = resample(array, scale, offset, placement.present.shape)
    data, present = (turn(part, RAS, placement.orientation) for part in (data, placement.present))
    return scan.with_data(np.where(present, data, np.float32(0)))


def _check(scan: Volume, inside: Floats) -> None:
    """Refuse what is no brain in three dimensions. inside: intensities of the foreground."""
    if 1 in scan.shape:
        raise UnsupportedScan("The scan is a single slice; a synthesis needs the whole volume.")
    if inside.size < 2 or inside.std() == 0:
        raise UnsupportedScan("The scan is constant: there is no brain to work on.")


def _filled(array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The array with its background near the foreground taken from there, so that no rim is mixed with 0."""
    present = array != 0
    blurred, weight = array, present.astype(np.float32)
    for axis in range(3):
        blurred = _gaussian_filter1d(blurred, _RIM, axis=axis, mode="constant")
        weight = _gaussian_filter1d(weight, _RIM, axis=axis, mode="constant")
    return np.where(present, array, blurred / np.maximum(weight, 1e-6)).astype(np.float32)


def _box(mask: Array) -> tuple[slice, ...]:
    """The smallest box around what is True in (x, y, z)."""
    others = ((1, 2), (0, 2), (0, 1))
    where = [np.flatnonzero(mask.any(axis=other)) for other in others]
    return tuple(slice(int(line[0]), int(line[-1]) + 1) for line in where)


def cut(mask: Array, spacing: Floats, grid: Grid) -> tuple[Floats, Floats, tuple[int, int, int]]:
    """Scale, offset and shape of the model grid around the box of what is True in (x, y, z) `mask`.

    spacing: (3,) mm of the voxels of the mask
    """
    scale = grid.spacing / spacing
    scale[np.abs(scale - 1) < _SAME_SPACING] = 1.0
    box = _box(mask)
    low = np.array([side.start for side in box], float)
    high = np.array([side.stop - 1 for side in box], float)
    needed = np.ceil((high - low) / scale) + 1 + 2 * grid.margin
    sides = (np.ceil(np.maximum(needed, grid.least) / grid.multiple) * grid.multiple).astype(int)
    if sides.max() > _LARGEST_SIDE:
        raise UnsupportedScan(
            f"The brain would be {(sides * grid.spacing).max():.0f} mm long: the header's voxel size is wrong."
        )
    offset = (low + high) / 2 - (sides - 1) / 2 * scale
    offset[scale == 1] = np.round(offset[scale == 1])
    return scale, offset, (int(sides[0]), int(sides[1]), int(sides[2]))


def resample(
    data: npt.NDArray[np.float32], scale: Floats, offset: Floats, shape: tuple[int, ...]
) -> npt.NDArray[np.float32]:
    """Sample `data` at offset + scale * index, linear, 0 outside; copied exactly where no axis is scaled."""
    if _copies(scale, offset):
        return _shift(data, offset.astype(int), shape)
    for axis, factor in enumerate(scale):
        if factor > 1.5:  # coarser than the data: blur to the new spacing first, against aliasing
            data = _gaussian_filter1d(data, 0.35 * factor, axis=axis, mode="constant")
    return _affine_transform(data, scale, offset, output_shape=shape, order=1, mode="constant", cval=0.0)


def _copies(scale: Floats, offset: Floats) -> bool:
    return bool(np.all(scale == 1) and np.all(offset == np.round(offset)))


def _shift(data: npt.NDArray[np.float32], start: Array, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """The box of this shape from `start` on (which may be negative), 0 where it leaves `data`."""
    out = np.zeros(shape, data.dtype)
    low, high = np.maximum(start, 0), np.minimum(start + shape, data.shape)
    if np.all(high > low):
        source = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        target = tuple(slice(a, b) for a, b in zip(low - start, high - start, strict=True))
        out[target] = data[source]
    return out
