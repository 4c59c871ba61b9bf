"""The tour of the hands: a gesture made is a stop behind; any can be passed over."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton

from app.state.touring import Tour, stops
from app.state.viewer import LeftButton, Mouse, Plane, Viewer
from app.widgets import tour_bar
from app.widgets.welcome import Welcome
from engine.modality import Modality
from tests.app.test_window import drag, pane_of, turn_wheel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def short_pause(monkeypatch):
    monkeypatch.setattr(tour_bar, "_DONE_MS", 1)


def test_the_hands_themselves_lead_through_the_tour(qtbot, window, head, open_scans):
    open_scans(head)
    window.acts["tour"].trigger()
    tour, pane = window.tour, pane_of(window, Plane.AXIAL)

    def passed(stop: int):
        qtbot.waitUntil(lambda: tour.tour.at == stop)

    assert tour.isVisible() and tour.count.text() == "1 of 7" and tour.how.text() == "Turn the wheel over a view"
    turn_wheel(pane, 1)
    passed(1)
    turn_wheel(pane, 1)
    assert tour.tour.at == 1
    drag(qtbot, pane, LEFT, QPoint(90, 90), QPoint(140, 60))
    passed(2)
    qtbot.mouseClick(pane, LEFT, pos=QPoint(pane.width() // 3, pane.height() // 3))
    passed(3)
    turn_wheel(pane, 1, Qt.KeyboardModifier.ControlModifier)
    passed(4)
    qtbot.mouseDClick(pane, LEFT, pos=pane.rect().center())
    passed(5)
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    passed(6)
    assert tour.onward.text() == "Done"
    qtbot.mouseClick(tour.onward, LEFT)
    assert not tour.isVisible()


def test_without_a_scan_it_begins_with_the_sample_from_the_welcome(qtbot, window):
    button = next(button for button in window.findChild(Welcome).buttons if "tour" in button.text())
    qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: window.study.selected is not None)
    assert window.study.selected.scan.name.startswith("icbm152") and window.tour.tour.at == 0


def test_a_stop_can_be_passed_over_and_the_tour_ended(qtbot, window, head, open_scans):
    open_scans(head)
    window.take_tour()
    qtbot.mouseClick(window.tour.onward, LEFT)
    assert window.tour.tour.at == 1
    cross = next(button for button in window.tour.findChildren(QToolButton) if button.toolTip() == "End the tour")
    qtbot.mouseClick(cross, LEFT)
    assert window.tour.tour.at is None and not window.tour.isVisible()


def test_it_speaks_of_the_left_button_as_it_is_set():
    viewer = Viewer()
    assert stops(viewer)[1].shows == "entry.window_level"
    viewer.take(Mouse.RESEARCH)
    assert viewer.left_button is LeftButton.CROSSHAIR and stops(viewer)[1].shows == "viewer.crosshair"
    tour = Tour()
    tour.step(viewer)
    assert tour.at is None and tour.stop(viewer) is None
