"""Without a scan the window says how to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from app.widgets.welcome import Welcome


def test_it_stands_there_until_a_scan_does(qtbot, window, head, open_scans):
    welcome = window.findChild(Welcome)
    assert welcome.isVisible() and not window.grid.isVisible()
    open_scans(head)
    assert not welcome.isVisible() and window.grid.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert welcome.isVisible()


def test_the_sample_is_one_click_away(qtbot, window):
    welcome = window.findChild(Welcome)
    button = next(button for button in welcome.buttons if "sample" in button.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.study.selected is not None)
    assert window.study.selected.scan.name.startswith("icbm152")


def test_opening_by_its_button_and_dropping_are_offered(qtbot, window, head, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(head)], ""))
    welcome = window.findChild(Welcome)
    assert any("drop files or folders" in label.text() for label in welcome.findChildren(QLabel))
    qtbot.mouseClick(welcome.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.study.selected is not None)
