"""The views as a file: whole, or a sentence."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_saved_picture_is_all_of_the_views(qtbot, window, head, tmp_path, open_scans, monkeypatch):
    open_scans(head)
    target = tmp_path / "views.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    saved = QImage(str(target))
    assert "views.png" in window.panel.news.text()
    assert saved.size() == window.grid.size() * window.devicePixelRatioF()


def test_a_picture_that_cannot_be_written_is_said(qtbot, window, head, tmp_path, open_scans, monkeypatch):
    open_scans(head)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "views.png"), ""))
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    assert window.banner.isVisible() and "views.png" in window.banner.label.text()
