"""Comparing with the keys, in the real window."""

import pytest
from PySide6.QtCore import Qt

from app.state.mixed import Blend
from app.state.viewer import Layout
from tests.app.test_window import synthesize
from tests.phantoms import phantom, write_phantom


@pytest.fixture
def compared(qtbot, window, head, open_scans):
    """A T1 and the T2 made from it, side by side."""
    open_scans(head)
    synthesize(qtbot, window)
    return window


def blends(window):
    window.grid.refresh()
    shown = [pane.picture for pane in window.grid.panes if pane.isVisible()]
    return [picture.mixed.blend if picture.mixed else None for picture in shown]


@pytest.mark.parametrize(
    ("key", "blend"),
    [
        (Qt.Key.Key_B, Blend.CURTAIN),
        (Qt.Key.Key_K, Blend.CHECKERBOARD),
        (Qt.Key.Key_V, Blend.OVERLAY),
        (Qt.Key.Key_D, Blend.DIFFERENCE),
    ],
)
def test_a_key_begins_a_way_to_compare_and_ends_it(qtbot, compared, key, blend):
    qtbot.keyClick(compared, key)
    assert blends(compared) == [None, blend, None, blend]
    qtbot.keyClick(compared, Qt.Key.Key_4)
    assert blends(compared) == [blend] * 3
    qtbot.keyClick(compared, key)
    assert blends(compared) == [None] * 3


def test_f_shows_the_other_scan_as_long_as_it_is_held(qtbot, compared):
    titles = [pane.picture.title[:2] for pane in compared.grid.panes]
    assert titles == ["T1", "T2", "T1", "T2"]
    for _ in range(3):
        qtbot.keyPress(compared, Qt.Key.Key_F)
        compared.grid.refresh()
        assert [pane.picture.title[:2] for pane in compared.grid.panes] == ["T2", "T1", "T2", "T1"]
        assert [bool(pane.picture.badge) for pane in compared.grid.panes] == [True, False, True, False]
        qtbot.keyRelease(compared, Qt.Key.Key_F)
        compared.grid.refresh()
        assert [pane.picture.title[:2] for pane in compared.grid.panes] == titles


def test_q_and_e_change_the_opacity_and_brackets_move_the_curtain(qtbot, compared):
    qtbot.keyClick(compared, Qt.Key.Key_E)
    qtbot.keyClick(compared, Qt.Key.Key_E)
    assert compared.comparing.blend is Blend.OVERLAY and compared.comparing.opacity == 0.6
    qtbot.keyClick(compared, Qt.Key.Key_Q)
    assert compared.comparing.opacity == 0.5
    qtbot.keyClick(compared, Qt.Key.Key_BracketRight)
    qtbot.keyClick(compared, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert compared.comparing.divider == pytest.approx(0.6)


def test_with_one_scan_it_is_said_what_is_missing(qtbot, window, head, open_scans):
    open_scans(head)
    for key in (Qt.Key.Key_B, Qt.Key.Key_5, Qt.Key.Key_E):
        window.banner.clear()
        qtbot.keyClick(window, key)
        assert "two scans" in window.banner.label.text()
    qtbot.keyPress(window, Qt.Key.Key_F)
    assert not window.comparing.flicker
    assert window.comparing.blend is Blend.SIDE and window.viewer.layout is Layout.FOUR_UP


def test_without_an_uncertainty_map_it_is_said_when_there_is_one(qtbot, compared):
    qtbot.keyClick(compared, Qt.Key.Key_U)
    assert "two or more" in compared.banner.label.text()
    assert compared.comparing.blend is Blend.SIDE


def test_two_real_scans_can_be_compared(qtbot, window, tmp_path, open_scans):
    open_scans(write_phantom(tmp_path / "case_t1.nii.gz", phantom()))
    open_scans(write_phantom(tmp_path / "case_t2.nii.gz", phantom(rotation=10.0)))
    qtbot.keyClick(window, Qt.Key.Key_5)
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert blends(window) == [None, Blend.CURTAIN] * 2
