"""The divider follows the mouse, and a drag is for the scan that is seen under it."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.state.comparing import under
from app.state.mixed import Blend
from app.state.viewer import Layout
from tests.app.test_window import drag, turn_wheel
from tests.phantoms import phantom, write_phantom

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def curtain(window, tmp_path, open_scans):
    """The right upper pane, with a curtain at its middle."""
    open_scans(write_phantom(tmp_path / "case_t1.nii.gz", phantom()))
    open_scans(write_phantom(tmp_path / "case_t2.nii.gz", phantom(seed=1)))
    window.study.compared = window.study.entries
    window.viewer.layout, window.comparing.blend = Layout.COMPARE, Blend.CURTAIN
    window.grid.refresh()
    return window.grid.panes[1]


def test_the_divider_follows_the_mouse(qtbot, window, curtain):
    middle, before = QPoint(curtain.width() // 2, 60), window.viewer.crosshair
    drag(qtbot, curtain, LEFT, middle, middle + QPoint(40, 30))
    assert window.comparing.divider == pytest.approx(0.5 + 40 / curtain.width(), abs=2 / curtain.width())
    assert window.viewer.crosshair == before


def test_it_stays_in_the_pane_and_can_be_taken_back_from_its_edge(qtbot, window, curtain):
    drag(qtbot, curtain, LEFT, QPoint(curtain.width() // 2, 60), QPoint(-80, 60))
    assert window.comparing.divider == 0.0
    drag(qtbot, curtain, LEFT, QPoint(1, 60), QPoint(101, 60))
    assert window.comparing.divider == pytest.approx(100 / curtain.width(), abs=3 / curtain.width())


def test_beside_the_divider_the_hands_work_on_the_scan_that_is_seen(qtbot, window, curtain):
    first, second = window.study.entries
    for x, hit, missed in ((0.25, first, second), (0.75, second, first)):
        kept, start = missed.window_level, QPoint(round(x * curtain.width()), 80)
        before = hit.window_level
        drag(qtbot, curtain, LEFT, start, start + QPoint(30, 0))
        assert hit.window_level != before and missed.window_level == kept
    assert window.comparing.divider == 0.5


def hover(pane, share):
    """The pointer over a pane, no button down."""
    spot = QPointF(share * pane.width(), 90)
    none = Qt.MouseButton.NoButton
    still = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(pane, QMouseEvent(QEvent.Type.MouseMove, spot, pane.mapToGlobal(spot), none, none, still))


def test_the_cursor_says_where_it_can_be_taken(qtbot, window, curtain):
    hover(curtain, 0.5)
    assert curtain.cursor().shape() is Qt.CursorShape.SplitHCursor
    hover(curtain, 0.25)
    assert curtain.cursor().shape() is Qt.CursorShape.CrossCursor


def test_without_a_curtain_there_is_nothing_to_take(qtbot, window, curtain):
    window.comparing.blend = Blend.OVERLAY
    window.grid.refresh()
    middle = QPoint(curtain.width() // 2, 60)
    drag(qtbot, curtain, LEFT, middle, middle + QPoint(40, 0))
    assert window.comparing.divider == 0.5


@pytest.mark.parametrize("blend", [Blend.CURTAIN, Blend.CHECKERBOARD, Blend.OVERLAY])
def test_whichever_is_meant_the_slices_are_those_of_the_scan_below(qtbot, window, tmp_path, open_scans, blend):
    """Else those between two slices of a coarser one could not be reached."""
    open_scans(write_phantom(tmp_path / "case_t1.nii.gz", phantom()))
    open_scans(write_phantom(tmp_path / "case_flair.nii.gz", phantom((48, 56, 8), (1, 1, 5))))
    window.study.compared = window.study.entries
    window.viewer.layout, window.comparing.blend = Layout.COMPARE, blend
    window.grid.refresh()
    pane, seen = window.grid.panes[1], []
    qtbot.mouseClick(pane, LEFT, pos=next(spot_of(pane, window.study.entries[1], window)))
    pane.setFocus()
    for turn in (lambda: turn_wheel(pane, 1), lambda: qtbot.keyClick(pane, Qt.Key.Key_Up)):
        before = pane.picture.index
        turn()
        window.grid.refresh()
        seen.append(pane.picture.index - before)
    assert pane.entry is window.study.entries[1] and seen == [1, 1]


def spot_of(pane, entry, window):
    """Pixels of a pane where this scan is the one that is seen."""
    cell = window.grid._grips[pane]._cell
    for x in range(pane.width() - 20, 0, -10):
        if under(pane.picture, cell, window.comparing, x, 80, pane.extent) is entry:
            yield QPoint(x, 80)
