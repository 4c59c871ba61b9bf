"""The window does not lose results without a word."""

from __future__ import annotations

from threading import Event

import pytest
from PySide6.QtWidgets import QMessageBox

from app.leaving import told
from engine import export
from engine.modality import Modality
from engine.provenance import save


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


@pytest.mark.parametrize(
    ("unsaved", "orders", "writing", "words"),
    [
        (0, 0, False, ""),
        (2, 0, False, "2 results are not exported."),
        (0, 1, False, "One synthesis is not finished."),
        (
            1,
            3,
            True,
            "One result is not exported. 3 syntheses are not finished. An export or a report is still being written.",
        ),
    ],
)
def test_what_would_be_lost_is_named(unsaved, orders, writing, words):
    assert told(unsaved, orders, writing) == words


def test_a_synthesis_under_way_is_not_dropped_without_a_word(qtbot, window, model, head, open_scans):
    open_scans(head)
    model.held = True
    for target in (Modality.T2, Modality.FLAIR):
        window.synthesizing.order(window.study.entries[0], (target,))
    window.close()
    assert window.isVisible() and box_of(window).text() == "2 syntheses are not finished."
    press(window, "Cancel")
    assert len(window.orders.waiting) == 2
    window.close()
    press(window, "Close anyway")
    assert not window.isVisible()


def test_neither_is_an_export(qtbot, with_result, tmp_path, monkeypatch):
    reached, go_on = Event(), Event()

    def slow(*arguments):
        reached.set()
        assert go_on.wait(60)
        return save(*arguments)

    monkeypatch.setattr(export, "save", slow)
    monkeypatch.setattr(with_result.exporting, "_choose", lambda *asked: asked[-1](tmp_path / "out"))
    with_result.export()
    qtbot.waitUntil(reached.is_set)
    with_result.close()
    assert with_result.isVisible() and "An export or a report is still being written" in box_of(with_result).text()
    press(with_result, "Cancel")
    go_on.set()
    qtbot.waitUntil(lambda: not with_result.files.busy)
    with_result.close()
    assert not with_result.isVisible()


def test_what_is_only_read_is_not_asked_about(window, head):
    window.open([head])
    assert window.files.busy
    window.close()
    assert not window.isVisible()


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
    qtbot.waitUntil(lambda: not with_result.study.entries[1].unsaved and not with_result.files.busy)
    with_result.close()
    assert not with_result.isVisible()
