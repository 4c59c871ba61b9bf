"""A scan that is taken out of the list comes back, or its reader was asked."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.app.test_window import synthesize


def fill_memory(monkeypatch):
    """From now on there is so little that nothing can be kept."""
    monkeypatch.setattr("engine.memory.free", lambda: 1)


def test_with_memory_to_spare_it_goes_at_once_and_comes_back(qtbot, window, head, open_scans):
    open_scans(head)
    window.remove()
    assert window.study.entries == () and not window.banner.isVisible()
    window.study.history.undo()
    assert len(window.study.entries) == 1


def test_without_it_the_reader_is_asked(qtbot, window, head, open_scans, monkeypatch):
    open_scans(head)
    fill_memory(monkeypatch)
    window.remove()
    assert len(window.study.entries) == 1 and "too large to be kept" in window.banner.label.text()
    qtbot.mouseClick(window.banner.answer, Qt.MouseButton.LeftButton)
    assert window.study.entries == () and window.study.history.undo_words == ""


def test_the_question_says_what_would_be_lost(qtbot, window, head, open_scans, monkeypatch):
    open_scans(head)
    synthesize(qtbot, window)
    fill_memory(monkeypatch)
    made = window.study.entries[1]
    menu = window.study_menu.menu(made)
    next(action for action in menu.actions() if action.text() == "Remove from the list").trigger()
    assert made in window.study.entries and "not exported and would be lost" in window.banner.label.text()
