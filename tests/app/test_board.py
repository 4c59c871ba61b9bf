"""The checkerboard: what is painted is what is asked about, and no tile is finer than the eye."""

from __future__ import annotations

import pytest

from app.state.board import on_tile, tiles
from app.state.slicing import resolve
from app.state.viewer import Framing, Plane
from tests.app.test_slicing import SIZE, viewing
from tests.phantoms import phantom


@pytest.mark.parametrize("zoom", [0.2, 1.0, 3.0])
def test_a_pixel_is_on_a_tile_where_one_is_painted(zoom: float):
    viewer, entry = viewing(phantom())
    viewer.frame(Plane.AXIAL, Framing(zoom))
    picture = resolve(viewer, entry, Plane.AXIAL)
    board = tiles(picture, SIZE)
    assert all(side >= 6 for _, _, side in board)
    for x in range(3, int(SIZE[0]), 37):
        for y in range(3, int(SIZE[1]), 37):
            painted = any(0 <= x - left < side and 0 <= y - top < side for left, top, side in board)
            assert on_tile(picture, x, y, SIZE) is painted
