"""How the reader looks: the mouse, the field, the way back."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.viewer import Framing, LeftButton, Mouse, Plane, Viewer, bright_box, zoomed
from tests.phantoms import phantom


def test_shift_makes_the_left_button_the_other_of_the_two():
    assert LeftButton.WINDOW.with_shift is LeftButton.CROSSHAIR
    assert LeftButton.CROSSHAIR.with_shift is LeftButton.WINDOW
    assert [button for button in LeftButton if button.measures] == [LeftButton.DISTANCE, LeftButton.ELLIPSE]


def test_a_preset_of_the_mouse_sets_the_left_button():
    viewer = Viewer()
    viewer.take(Mouse.RESEARCH)
    assert viewer.left_button is LeftButton.CROSSHAIR
    viewer.take(Mouse.RADIOLOGY)
    assert viewer.left_button is LeftButton.WINDOW


def test_reset_brings_zoom_shift_and_crosshair_back():
    viewer = Viewer()
    viewer.reset()
    assert viewer.framing == (Framing(), Framing(), Framing())
    viewer.look_at(phantom())
    middle = viewer.crosshair
    viewer.frame(Plane.CORONAL, Framing(3.0, (1.0, 2.0, 3.0)))
    viewer.crosshair = (9.0, 9.0, 9.0)
    viewer.reset()
    assert viewer.framing == (Framing(), Framing(), Framing())
    assert viewer.crosshair == middle


def test_the_same_head_keeps_the_crosshair_and_another_place_does_not():
    viewer = Viewer()
    viewer.look_at(phantom())
    viewer.crosshair, field = (5.0, 6.0, 7.0), viewer.field
    viewer.look_at(phantom(seed=3))
    assert (viewer.crosshair, viewer.field) == ((5.0, 6.0, 7.0), field)
    viewer.look_at(phantom(shift=(400.0, 0.0, 0.0)))
    assert viewer.crosshair[0] > 300 and viewer.field != field


def test_zooming_holds_the_point_under_the_pointer():
    assert zoomed(Framing(2.0, (1.0, 0.0, 0.0)), 2.0, (0.0, 0.0, 0.0), None) == Framing(4.0, (1.0, 0.0, 0.0))
    assert zoomed(Framing(2.0), 2.0, (0.0, 0.0, 0.0), (10.0, 0.0, 0.0)) == Framing(4.0, (5.0, 0.0, 0.0))
    assert zoomed(Framing(30.0), 9.0, (0.0, 0.0, 0.0), None).zoom == 40.0


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_the_bright_box_holds_what_is_bright(dtype):
    data = np.zeros((30, 30, 30), dtype)
    data[5:25, 8:20, 3:28] = 100
    first, last = bright_box(data)
    assert (list(first), list(last)) == ([5, 8, 3], [24, 19, 27])
    first, last = bright_box(np.zeros((4, 5, 6), dtype))
    assert (list(first), list(last)) == ([0, 0, 0], [3, 4, 5])
