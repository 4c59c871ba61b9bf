"""The checkerboard: which tile shows which scan. It stays with the anatomy when the picture is moved."""

from __future__ import annotations

import math

from app.state.mixed import TILE
from app.state.slicing import Size, Slice

_SMALLEST = 6.0
"""Pixels; a finer board is grey to the eye."""

Tile = tuple[float, float, float]
"""Left, top and side of a tile in pane pixels."""


def on_tile(picture: Slice, x: float, y: float, size: Size) -> bool:
    """Whether a pane pixel belongs to the second scan."""
    left, top, side = _first(picture, size)
    return bool((math.floor((x - left) / side) + math.floor((y - top) / side)) % 2)


def tiles(picture: Slice, size: Size) -> list[Tile]:
    """Those of the second scan, in a pane of this size."""
    left, top, side = _first(picture, size)
    columns = range(math.floor(-left / side), math.ceil((size[0] - left) / side))
    rows = range(math.floor(-top / side), math.ceil((size[1] - top) / side))
    return [(left + c * side, top + r * side, side) for c in columns for r in rows if (c + r) % 2]


def _first(picture: Slice, size: Size) -> Tile:
    """The tile at the middle of the first voxel."""
    left, top = (float(v) for v in picture.to_pane(size)[:, 2])
    return left, top, max(TILE * picture.scale(size), _SMALLEST)
