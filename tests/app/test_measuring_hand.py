"""Measuring in the real window with the real mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.render.palette import MEASURE_CHOSEN
from app.state.measuring import Distance, Region
from app.state.viewer import LeftButton, Plane
from tests.app.test_window import LEFT, drag, pane_of
from tests.phantoms import phantom, write_phantom


def pixels_of(image, colour) -> int:
    image = image.convertToFormat(image.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., :3].astype(int)
    return int((np.abs(raw - (colour.blue(), colour.green(), colour.red())).max(axis=2) < 12).sum())


@pytest.fixture
def pane(window, head, open_scans):
    open_scans(head)
    return pane_of(window, Plane.AXIAL)


def test_a_distance_from_the_key_to_the_pixels(qtbot, window, pane):
    qtbot.keyClick(pane, Qt.Key.Key_M)
    assert window.viewer.left_button is LeftButton.DISTANCE
    window.status.refresh()
    assert "distance" in window.status.hand.text()
    crosshair, shown = window.viewer.crosshair, window.study.selected.window_level
    drag(qtbot, pane, LEFT, QPoint(200, 150), QPoint(300, 225))
    (measure,) = window.viewer.measures
    assert isinstance(measure, Distance)
    assert measure.length == pytest.approx(125 / pane.picture.scale(pane.extent), abs=1e-6)
    assert window.viewer.crosshair == crosshair and window.study.selected.window_level == shown
    window.grid.refresh()
    assert pixels_of(pane.grab().toImage(), MEASURE_CHOSEN) > 150
    assert pixels_of(window.grid.picture(), MEASURE_CHOSEN) > 150
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert window.viewer.left_button is LeftButton.WINDOW and window.viewer.measures == (measure,)


def test_an_end_is_pulled_and_escape_puts_it_back(qtbot, window, pane):
    qtbot.keyClick(pane, Qt.Key.Key_M)
    drag(qtbot, pane, LEFT, QPoint(200, 150), QPoint(300, 150))
    qtbot.keyClick(pane, Qt.Key.Key_W)
    window.grid.refresh()
    before = window.viewer.measures
    drag(qtbot, pane, LEFT, QPoint(300, 150), QPoint(360, 150))
    (longer,) = window.viewer.measures
    assert longer.length == pytest.approx(before[0].length * 1.6, rel=1e-6)
    window.grid.refresh()
    qtbot.mousePress(pane, LEFT, pos=QPoint(360, 150))
    qtbot.mouseMove(pane, QPoint(380, 190))
    assert window.viewer.measures != (longer,)
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert window.viewer.measures == (longer,)
    qtbot.mouseRelease(pane, LEFT, pos=QPoint(380, 190))
    assert window.viewer.measures == (longer,)


def test_delete_takes_the_chosen_measure_before_any_scan(qtbot, window, pane):
    qtbot.keyClick(pane, Qt.Key.Key_O)
    drag(qtbot, pane, LEFT, QPoint(200, 150), QPoint(280, 210))
    assert isinstance(window.viewer.measures[0], Region)
    qtbot.keyClick(pane, Qt.Key.Key_Delete)
    assert window.viewer.measures == () and len(window.study.entries) == 1


def test_a_click_in_measuring_mode_moves_the_crosshair_and_draws_nothing(qtbot, window, pane):
    qtbot.keyClick(pane, Qt.Key.Key_M)
    before = window.viewer.crosshair
    qtbot.mouseClick(pane, LEFT, pos=QPoint(230, 180))
    assert window.viewer.measures == () and window.viewer.crosshair != before


def test_measures_survive_layouts_and_conventions(qtbot, window, pane, tmp_path, open_scans):
    qtbot.keyClick(pane, Qt.Key.Key_O)
    drag(qtbot, pane, LEFT, QPoint(200, 150), QPoint(280, 210))
    (measure,) = window.viewer.measures
    where = np.array(pane.picture.pixel_of(measure.ellipse.centre, pane.extent))
    window.viewer.radiological = False
    flipped = pane_of(window, Plane.AXIAL)
    assert len(flipped.picture.marks) == 1
    assert abs(flipped.picture.pixel_of(measure.ellipse.centre, flipped.extent)[0] - where[0]) > 5
    open_scans(write_phantom(tmp_path / "other_t2.nii.gz", phantom(orientation="LPS")))
    window.viewing.compare()
    both = [pane_of(window, Plane.AXIAL, side).picture.marks for side in (0, 1)]
    assert [len(marks) for marks in both] == [1, 1]
    assert both[0][0].found is not None and both[0][0].found.count == both[1][0].found.count
