"""The views as a file: whole, or a sentence."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.phantoms import phantom, write_phantom

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_saved_picture_is_all_of_the_views(qtbot, window, head, tmp_path, open_scans, monkeypatch):
    open_scans(head)
    target = tmp_path / "views.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    saved = QImage(str(target))
    assert "views.png" in window.panel.news.text()
    assert saved.size() == window.grid.size() * window.devicePixelRatioF()


@pytest.mark.parametrize(
    ("kind", "named", "written", "scale"),
    [
        ("PNG, twice the size (*.png)", "views.png", "views.png", 2),
        ("JPEG (*.jpg *.jpeg)", "views", "views.jpg", 1),
        ("JPEG, twice the size (*.jpg *.jpeg)", "views.jpeg", "views.jpeg", 2),
    ],
)
def test_kinds_and_sizes(qtbot, window, tmp_path, open_scans, monkeypatch, kind, named, written, scale):
    made = write_phantom(tmp_path / "case_desc-synth_T2w.nii.gz", phantom())
    open_scans(made)
    QApplication.processEvents()  # the panes take their places
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / named), kind))
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    data = (tmp_path / written).read_bytes()
    assert data[:4] == (b"\x89PNG" if written.endswith("png") else b"\xff\xd8\xff\xe0")
    saved = QImage.fromData(data)
    assert saved.size() == window.grid.size() * window.devicePixelRatioF() * scale
    pane = saved.copy(0, 0, saved.width() // 2 - 4, 20 * scale)
    plate = [pane.pixelColor(x, 4 * scale) for x in range(pane.width() // 3, 2 * pane.width() // 3)]
    near = [abs(c.red() - 255) + abs(c.green() - 176) + abs(c.blue()) < 60 for c in plate]
    assert sum(near) > 0.5 * len(near), "the badge lies in the pixels of every kind of file"


def test_a_picture_that_cannot_be_written_is_said(qtbot, window, head, tmp_path, open_scans, monkeypatch):
    open_scans(head)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "views.png"), ""))
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    assert window.banner.isVisible() and "views.png" in window.banner.label.text()
