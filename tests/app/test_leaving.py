"""The window does not lose results without a word."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox

from engine.modality import Modality


@pytest.fixture
def with_result(qtbot, window, head, open_scans):
    open_scans(head)
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    return window


def box_of(window) -> QMessageBox:
    return next(box for box in window.findChildren(QMessageBox) if box.isVisible())


def press(window, words):
    next(button for button in box_of(window).buttons() if words in button.text()).click()


def test_without_results_it_just_closes(window, head, open_scans):
    open_scans(head)
    window.close()
    assert not window.isVisible()


def test_it_asks_once(with_result):
    with_result.close()
    assert with_result.isVisible() and "One result is not exported" in box_of(with_result).text()
    with_result.close()
    assert not with_result.isVisible()


def test_closing_without_exporting(with_result):
    with_result.close()
    press(with_result, "Close without")
    assert not with_result.isVisible()


def test_thinking_better_of_it(qtbot, with_result):
    with_result.close()
    press(with_result, "Cancel")
    assert with_result.isVisible()
    with_result.close()
    assert box_of(with_result).isVisible()


def test_exporting_first(qtbot, with_result, tmp_path, monkeypatch):
    monkeypatch.setattr(with_result.exporting, "_choose", lambda *asked: asked[-1](tmp_path))
    with_result.close()
    press(with_result, "Export")
    qtbot.waitUntil(lambda: not with_result.study.entries[1].unsaved)
    with_result.close()
    assert not with_result.isVisible()
