"""The way of every day by Tab and Enter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QToolButton

from app.widgets.welcome import Welcome
from engine.modality import Modality


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_welcome_and_a_target_are_pressed(qtbot, window, model, head, monkeypatch, key):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(head)], ""))
    first = window.findChild(Welcome).findChildren(QToolButton)[0]
    first.setFocus()
    qtbot.keyClick(first, key)
    qtbot.waitUntil(lambda: window.study.selected is not None)
    window.panel.targets[Modality.T2].setFocus()
    qtbot.keyClick(window.panel.targets[Modality.T2], key)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert len(model.requests) == 1


def test_on_a_view_it_does_nothing(qtbot, window, model, head, open_scans):
    open_scans(head)
    window.grid.panes[0].setFocus()
    qtbot.keyClick(window.grid.panes[0], Qt.Key.Key_Return)
    assert model.requests == [] and window.orders.waiting == ()
