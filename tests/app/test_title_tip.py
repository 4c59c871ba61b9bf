"""Long names: cut in the corner of a view, whole under the pointer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from app.render.annotations import title_lines
from app.state.viewer import Plane
from tests.app.test_window import pane_of
from tests.phantoms import phantom, write_phantom

LONG = "sub-0123456789_ses-followup_acq-highres_t1"


def rest(pane: QWidget, at: QPoint) -> None:
    """The pointer stays where it is for a while."""
    QApplication.sendEvent(pane, QHelpEvent(QEvent.Type.ToolTip, at, pane.mapToGlobal(at)))


@pytest.mark.parametrize("of", ["slice", "volume"])
def test_the_corner_tells_the_whole_name_and_the_image_nothing(qtbot, window, open_scans, tmp_path, of):
    open_scans(write_phantom(tmp_path / f"{LONG}.nii.gz", phantom()))
    pane = pane_of(window, Plane.AXIAL) if of == "slice" else window.grid.volume
    rest(pane, QPoint(20, 20))
    assert QToolTip.isVisible() and QToolTip.text() == f"T1 real · {LONG}"
    rest(pane, pane.rect().center())
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_name_ends_before_the_brain_and_keeps_both_ends(qapp):
    image = QImage(480, 420, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    view, kind, name = title_lines(painter, "Axial", f"T1 real · {LONG}", 480).split("\n")
    wide = painter.fontMetrics().horizontalAdvance(name)
    painter.end()
    assert (view, kind) == ("Axial", "T1 real")
    assert wide <= 0.26 * 480
    assert name[0] == "s" and name[-1] == "1" and "…" in name
