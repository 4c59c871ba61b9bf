"""Every gesture on a pane with Qt's own events: wheel and touch pad, pinch, the buttons in both presets, Esc."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.state.viewer import LeftButton, Mouse, Plane
from app.state.window_level import auto, spread
from app.widgets.hands import bindings_now
from engine.modality import Modality
from tests.app.test_window import CONTROL, LEFT, MIDDLE, RIGHT, SHIFT, drag, index_of, pane_of, synthesize

NO_KEY = Qt.KeyboardModifier.NoModifier
START, END = QPoint(200, 200), QPoint(240, 170)
PHASE = Qt.ScrollPhase


@pytest.fixture
def pane(window, head, open_scans):
    """The axial pane of a window with one scan."""
    open_scans(head)
    return pane_of(window, Plane.AXIAL)


def fingers(pane, pixels: int, phase=PHASE.ScrollUpdate, keys=NO_KEY):
    """Two fingers on a touch pad, moved by so many pixels; the angle is what Qt makes of them."""
    middle = pane.rect().center()
    where = QPointF(middle), QPointF(pane.mapToGlobal(middle))
    event = QWheelEvent(*where, QPoint(0, pixels), QPoint(0, 8 * pixels), Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(pane, event)


def pinch(pane, by: float, at: QPoint):
    """Two fingers on a touch pad, apart by this share more."""
    where = QPointF(at), QPointF(pane.mapTo(pane.window(), at)), QPointF(pane.mapToGlobal(at))
    kind, device = Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(kind, device, 2, *where, by, QPointF())
    QApplication.sendEvent(pane, event)


def pull(qtbot, pane, button, keys=NO_KEY):
    """Press and move, the button still down."""
    qtbot.mousePress(pane, button, keys, START)
    qtbot.mouseMove(pane, (START + END) / 2)
    qtbot.mouseMove(pane, END)


def looks(window) -> tuple:
    """All that a drag can change."""
    return window.viewer.crosshair, window.viewer.framing, window.study.selected.window_level, window.viewer.measures


def test_small_moves_on_a_touch_pad_add_up_to_slices(window, pane):
    before = index_of(window, Plane.AXIAL)
    fingers(pane, 0, PHASE.ScrollBegin)
    seen = []
    for _ in range(9):
        fingers(pane, 5)
        seen.append(index_of(window, Plane.AXIAL) - before)
    assert seen == [0, 0, 1, 1, 1, 2, 2, 2, 3], "a slice for every 14 pixels, however slowly"
    fingers(pane, -45)
    assert index_of(window, Plane.AXIAL) == before


def test_the_slices_stop_when_the_fingers_do(window, pane):
    fingers(pane, 28)
    before = index_of(window, Plane.AXIAL)
    for _ in range(5):
        fingers(pane, 40, PHASE.ScrollMomentum)
    assert index_of(window, Plane.AXIAL) == before


def test_what_was_left_of_one_stroke_is_not_in_the_next(window, pane):
    before = index_of(window, Plane.AXIAL)
    for _ in range(4):
        fingers(pane, 0, PHASE.ScrollBegin)
        fingers(pane, 13)
    assert index_of(window, Plane.AXIAL) == before


def test_with_shift_a_touch_pad_turns_five_pages(window, pane):
    before = index_of(window, Plane.AXIAL)
    fingers(pane, 14, keys=SHIFT)
    assert index_of(window, Plane.AXIAL) == before + 5


@pytest.mark.parametrize("gesture", ["pinch", "fingers"])
def test_pinch_and_ctrl_scroll_zoom_at_the_pointer(window, pane, gesture):
    at = QPoint(90, 70) if gesture == "pinch" else pane.rect().center()
    held = pane.picture.ras_at(at.x(), at.y(), pane.extent)
    if gesture == "pinch":
        pinch(pane, 0.5, at)
    else:
        fingers(pane, 28, keys=CONTROL)
    window.grid.refresh()
    assert window.viewer.framing[Plane.AXIAL.value].zoom == pytest.approx(1.5 if gesture == "pinch" else 1.2**2)
    assert pane.picture.pixel_of(held, pane.extent) == pytest.approx((at.x(), at.y()), abs=0.6)


def test_a_pinch_brings_the_3_d_view_closer(qtbot, window, pane):
    volume = window.grid.volume
    qtbot.waitUntil(lambda: volume.entry is not None and volume._scene is not None, timeout=20_000)
    camera = volume._scene._renderer.GetActiveCamera()
    before = camera.GetViewAngle()
    pinch(volume, 0.25, volume.rect().center())
    assert camera.GetViewAngle() == pytest.approx(before / 1.25)


def test_two_fingers_on_a_touch_screen_zoom_between_them(window, pane):
    device = QTest.createTouchDevice()
    middle = pane.rect().center()
    held, shaded = pane.picture.ras_at(middle.x(), middle.y(), pane.extent), window.study.selected.window_level
    step, wide = QPoint(20, 0), QPoint(0, 0)
    QTest.touchEvent(pane, device).press(0, middle - step, pane).press(1, middle + step, pane).commit()
    for _ in range(4):
        wide += step
        QTest.touchEvent(pane, device).move(0, middle - step - wide, pane).move(1, middle + step + wide, pane).commit()
    QTest.touchEvent(pane, device).release(0, middle - step - wide, pane).release(
        1, middle + step + wide, pane
    ).commit()
    window.grid.refresh()
    assert window.viewer.framing[Plane.AXIAL.value].zoom > 1.5
    assert pane.picture.pixel_of(held, pane.extent) == pytest.approx((middle.x(), middle.y()), abs=3)
    assert window.study.selected.window_level == shaded


def test_a_drag_changes_as_much_as_the_data_are_wide(qtbot, window, pane):
    entry = window.study.selected
    before, a_pixel = entry.window_level, spread(entry.scan.volume.data) / min(pane.extent)
    drag(qtbot, pane, LEFT, START, END)
    assert entry.window_level.window == pytest.approx(before.window + 40 * a_pixel), "right is wider"
    assert entry.window_level.level == pytest.approx(before.level - 30 * a_pixel), "up is brighter"


def test_a_drag_up_can_be_darker(qtbot, window, pane):
    window.acts["up-is-brighter"].trigger()
    entry, before = window.study.selected, window.study.selected.window_level
    drag(qtbot, pane, LEFT, START, END)
    assert entry.window_level.level > before.level and entry.window_level.window > before.window
    assert dict(bindings_now(window.viewer))["Left drag"] == "window and level: right wider, down brighter"


@pytest.mark.parametrize("mouse", Mouse)
@pytest.mark.parametrize("shift", [False, True])
def test_shift_swaps_what_the_left_button_does(qtbot, window, pane, mouse, shift):
    window.acts[mouse.value].trigger()
    entry = window.study.selected
    shaded, crosshair = entry.window_level, window.viewer.crosshair
    pull(qtbot, pane, LEFT, SHIFT if shift else NO_KEY)
    qtbot.mouseRelease(pane, LEFT, pos=END)
    windows = (mouse.left_button is LeftButton.WINDOW) != shift
    assert (entry.window_level != shaded) == windows
    assert (window.viewer.crosshair != crosshair) == (not windows)


@pytest.mark.parametrize(
    ("button", "keys", "mode"),
    [
        (LEFT, NO_KEY, None),
        (LEFT, SHIFT, None),
        (MIDDLE, NO_KEY, None),
        (RIGHT, NO_KEY, None),
        (LEFT, NO_KEY, LeftButton.DISTANCE),
        (LEFT, NO_KEY, LeftButton.ELLIPSE),
    ],
)
def test_escape_puts_back_every_kind_of_drag(qtbot, window, pane, button, keys, mode):
    if mode is not None:
        window.viewer.left_button = mode
    before = looks(window)
    pull(qtbot, pane, button, keys)
    assert looks(window) != before
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert looks(window) == before
    qtbot.mouseMove(pane, START)
    qtbot.mouseRelease(pane, button, pos=START)
    assert looks(window) == before and not window.acts["undo"].isEnabled()
    assert QApplication.activePopupWidget() is None
    assert window.viewer.left_button is (mode or LeftButton.WINDOW)


def test_auto_window_and_the_window_it_opened_with_differ_for_a_result(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window, Modality.T2)
    result = window.study.entries[1]
    opened = result.window_level
    pane = pane_of(window, Plane.AXIAL, side=1)
    assert pane.entry is result
    qtbot.keyClick(pane, Qt.Key.Key_J, CONTROL)
    assert result.window_level == auto(result.scan.volume.data) != opened
    drag(qtbot, pane, LEFT, START, END)
    qtbot.mouseDClick(pane, LEFT, CONTROL, pos=START)
    assert result.window_level == opened
    qtbot.keyClick(pane, Qt.Key.Key_Z, CONTROL)
    assert result.window_level != opened
