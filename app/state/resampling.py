"""One scan on the displayed plane of another, through world millimetres."""

from __future__ import annotations

import numpy as np

from app.state.frame import same_grid
from app.state.slicing import Slice, plane_pixels
from engine.volume import Array, Floats, Volume

_EDGE = 1e-3
"""Voxels that a point may lie outside and still be at the edge: rounding."""


def onto(picture: Slice, other: Volume) -> Array:
    """(rows, columns) of another volume where the picture's own pixels lie.

    Native and not copied where both have one grid; else linear between voxels, float32, NaN outside.
    """
    if picture.index is None:
        return np.zeros((0, 0), other.data.dtype)
    volume = picture.scan.volume
    if same_grid(volume, other):
        return plane_pixels(other, picture.plate, picture.index)
    of_slice = picture.plate.ijk.copy()
    of_slice[picture.plate.normal, 2] = picture.index
    back = np.linalg.inv(other.affine)
    to_voxel = back[:3, :3] @ volume.affine[:3, :3] @ of_slice
    to_voxel[:, 2] += back[:3, :3] @ volume.affine[:3, 3] + back[:3, 3]
    return _sample(other.data, to_voxel, picture.pixels.shape)


def _sample(data: Array, to_voxel: Floats, shape: tuple[int, ...]) -> Array:
    """to_voxel: (3, 3) picture (column, row, 1) -> voxel of `data`. A third of the time of scipy's map_coordinates."""
    row, column = np.ogrid[: shape[0], : shape[1]]
    places = [(a * column + c + b * row).astype(np.float32) for a, b, c in to_voxel]
    outside = np.zeros(shape, bool)
    for place, sides in zip(places, data.shape, strict=True):
        outside |= (place < -_EDGE) | (place > sides - 1 + _EDGE)
        np.clip(place, 0, sides - 1, out=place)
    found = _between_voxels(data, places)
    found[outside] = np.nan
    return found


def _between_voxels(data: Array, places: list[Array]) -> Array:
    """Linear between the eight neighbours; places: three arrays of voxel coordinates inside the grid."""
    low = [
        np.minimum(place.astype(np.intp), max(sides - 2, 0)) for place, sides in zip(places, data.shape, strict=True)
    ]
    high = [np.minimum(index + 1, sides - 1) for index, sides in zip(low, data.shape, strict=True)]
    i, j, k = ((place - index).astype(np.float32) for place, index in zip(places, low, strict=True))

    def line(at_i: Array, at_j: Array) -> Array:
        near = data[at_i, at_j, low[2]].astype(np.float32)
        return near + (data[at_i, at_j, high[2]] - near) * k

    def face(at_i: Array) -> Array:
        near = line(at_i, low[1])
        return near + (line(at_i, high[1]) - near) * j

    near = face(low[0])
    return near + (face(high[0]) - near) * i
