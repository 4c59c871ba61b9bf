"""No picture of synthetic data without its badge."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication, QImage

from app.render.badge import _fitting
from app.render.palette import SYNTHETIC
from app.render.sheet import picture
from app.state.viewer import VIEWS, Layout, Plane
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom, write_phantom


def amber(image: QImage) -> np.ndarray:
    """(rows, columns) where a picture has the badge's colour."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    wanted = (SYNTHETIC.blue(), SYNTHETIC.green(), SYNTHETIC.red())
    return (pixels[:, : image.width(), :3] == wanted).all(axis=2)


def is_badged(image: QImage) -> bool:
    """A frame all around, and a plate in the top middle."""
    found = amber(image)
    edges = (found[1], found[-2], found[:, 1], found[:, -2])
    plate = found[2:14, found.shape[1] // 3 : -found.shape[1] // 3]
    return all(edge.mean() > 0.9 for edge in edges) and plate.mean() > 0.3


def shown_panes(window):
    window.grid.refresh()
    return [pane for pane in window.grid.views if pane.isVisible()]


@pytest.fixture
def both(window, tmp_path, open_scans):
    real = write_phantom(tmp_path / "case_t1.nii.gz", phantom())
    made = write_phantom(tmp_path / "case_desc-synth_T2w.nii.gz", phantom())
    open_scans(real, made)
    return window


def test_real_beside_synthetic_opened_together_are_compared(both):
    assert both.viewer.layout is Layout.COMPARE
    assert [is_badged(pane.grab().toImage()) for pane in shown_panes(both)] == [False, True, False, True]
    assert not amber(shown_panes(both)[0].grab().toImage()).any()


@pytest.mark.parametrize("only", [None, *VIEWS])
def test_every_view_of_synthetic_data_is_badged_whatever_is_hidden(qtbot, both, only):
    both.study.selected = both.study.entries[1]
    both.viewing.four_up()
    both.viewer.only = only
    qtbot.keyClick(both, Qt.Key.Key_X)
    qtbot.keyClick(both, Qt.Key.Key_X, Qt.KeyboardModifier.ShiftModifier)
    assert not both.viewer.annotations
    panes = shown_panes(both)
    assert len(panes) == (4 if only is None else 1)
    assert all(is_badged(pane.grab().toImage()) for pane in panes)


def test_zoom_and_pan_do_not_push_it_away(both):
    for plane in Plane:
        both.viewer.frame(plane, type(both.viewer.framing[0])(zoom=12.0, shift=(30.0, 30.0, 30.0)))
    both.viewer.crosshair = (900.0, 900.0, 900.0)
    assert is_badged(shown_panes(both)[1].grab().toImage())


def test_a_real_scan_has_no_amber_in_any_view(both):
    both.study.selected = both.study.entries[0]
    both.viewing.four_up()
    assert not any(amber(pane.grab().toImage()).any() for pane in shown_panes(both))


def test_the_clipboard_has_it_in_the_pixels(qtbot, both):
    qtbot.keyClick(both, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QGuiApplication.clipboard().image()
    found = amber(image)
    assert found[:, : found.shape[1] // 2 - 4].sum() == 0
    assert found[:, found.shape[1] // 2 :].sum() > 4000


def test_small_panes_keep_all_of_the_words(qapp):
    synthetic = scan_of(phantom(), synthetic=True)
    assert is_badged(picture([synthetic], "four-up", None, (480, 360)).copy(0, 0, 239, 179))


def test_where_not_all_words_fit_the_last_go_first(qapp):
    whole, said = "SYNTHETIC T1CE - AI - not for diagnosis", []
    for room in range(600, 0, -1):
        text, font = _fitting(QFont(), whole, room)
        said.append(text)
        assert text == "SYNTHETIC" or QFontMetricsF(font).horizontalAdvance(text) <= room
    assert list(dict.fromkeys(said)) == [whole, "SYNTHETIC T1CE - AI", "SYNTHETIC T1CE", "SYNTHETIC"]


@pytest.mark.parametrize("layout", ["four-up", "compare"])
def test_sheets_are_badged_like_the_window(qapp, layout):
    real, made = scan_of(phantom()), scan_of(phantom(), synthetic=True)
    scans = [real, made] if layout == "compare" else [made]
    image = picture(scans, layout, None, (800, 600))
    left, right = image.copy(0, 0, 399, 299), image.copy(401, 0, 399, 299)
    assert is_badged(right)
    assert is_badged(left) == (layout == "four-up")
    assert not amber(picture([real], "four-up", None, (800, 600))).any()


def test_the_sheet_has_a_picture_in_every_quarter(qapp):
    image = picture([scan_of(phantom())], "four-up", (0.0, 0.0, 0.0), (800, 600))
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(600, 800, 4)[..., :3].mean(axis=2)
    for quarter in (grey[:300, :400], grey[:300, 400:], grey[300:, :400], grey[300:, 400:]):
        assert (quarter[60:240, 100:300] > 40).mean() > 0.2
