"""What the hand does to the state."""

from __future__ import annotations

import numpy as np
import pytest

from app.state import gestures
from app.state.slicing import resolve
from app.state.viewer import Framing, Plane
from app.state.window_level import WindowLevel, spread
from tests.app.test_slicing import SIZE, viewing
from tests.phantoms import phantom


def test_pointing_moves_every_plane_to_the_same_world_point():
    viewer, entry = viewing(phantom())
    gestures.point(viewer, resolve(viewer, entry, Plane.AXIAL), 150.0, 120.0, SIZE)
    for plane in Plane:
        picture = resolve(viewer, entry, plane)
        shown = np.array(picture.ras_at(*picture.pixel_of(viewer.crosshair, SIZE), SIZE))
        off = np.abs(shown - viewer.crosshair)
        assert off[plane.value] <= 0.5, "the slice is the nearest one, its voxels 1 mm thick"
        assert np.delete(off, plane.value).max() < 1e-6


def test_pan_follows_the_hand_in_one_plane():
    viewer, entry = viewing(phantom())
    before = resolve(viewer, entry, Plane.CORONAL)
    x, y = before.pixel_of(viewer.crosshair, SIZE)
    gestures.pan(viewer, Framing(), before, 30.0, -20.0, SIZE)
    after = resolve(viewer, entry, Plane.CORONAL).pixel_of(viewer.crosshair, SIZE)
    assert after == pytest.approx((x + 30, y - 20))
    assert viewer.framing[Plane.AXIAL.value] == Framing()


def test_zoom_holds_the_point_under_the_pointer():
    viewer, entry = viewing(phantom())
    before = resolve(viewer, entry, Plane.AXIAL)
    at = before.ras_at(300.0, 90.0, SIZE)
    gestures.zoom_at(viewer, before, 2.0, at)
    after = resolve(viewer, entry, Plane.AXIAL)
    assert after.scale(SIZE) == pytest.approx(2 * before.scale(SIZE))
    assert after.pixel_of(at, SIZE) == pytest.approx((300.0, 90.0))


def test_zoom_by_drag_keeps_the_middle_and_has_limits():
    viewer, entry = viewing(phantom())
    before = resolve(viewer, entry, Plane.AXIAL)
    gestures.zoom(viewer, Framing(), before, 100.0)
    after = resolve(viewer, entry, Plane.AXIAL)
    assert after.scale(SIZE) > before.scale(SIZE)
    assert np.allclose(after.focus_ras()[:2], before.focus_ras()[:2])
    gestures.zoom(viewer, Framing(), before, 1e4)
    assert viewer.framing[Plane.AXIAL.value].zoom <= 40


def test_a_drag_over_the_short_side_runs_through_all_intensities():
    _, entry = viewing(phantom())
    start = WindowLevel(400.0, 300.0)
    gain = gestures.gain(entry, SIZE)
    gestures.window(entry, start, 0.0, min(SIZE), gain)
    assert entry.window_level.level == pytest.approx(300.0 - spread(entry.scan.volume.data))
    gestures.window(entry, start, 50.0, 0.0, gain)
    assert entry.window_level.window > 400.0 and entry.window_level.level == 300.0


def test_scrolling_stops_at_the_last_slice():
    viewer, entry = viewing(phantom())
    gestures.scroll(viewer, resolve(viewer, entry, Plane.AXIAL), 1e6)
    picture = resolve(viewer, entry, Plane.AXIAL)
    assert picture.index == picture.count - 1
