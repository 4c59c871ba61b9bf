"""Help > Diagnostics: asked in the background, shown in the window, copied as text."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from app import diagnosing
from app.doctor import Finding

FOUND = {"fine": Finding("qt", "ok", "PySide6"), "broken": Finding("vtk", "bad", "no OpenGL", "Install libgl1.")}


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """Two questions; the threads they were asked in."""
    threads: list[int] = []

    def fine() -> Finding:
        threads.append(threading.get_ident())
        return FOUND["fine"]

    def broken() -> Finding:
        threads.append(threading.get_ident())
        return FOUND["broken"]

    monkeypatch.setattr(diagnosing, "CHECKS", (fine, broken))
    return threads


def test_the_answers_are_shown_and_can_be_copied(qtbot, window, asked):
    dialog = diagnosing.diagnose(window)
    qtbot.waitUntil(lambda: dialog.copy.isEnabled())
    assert dialog.progress.text() == "1 of 2 fail."
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert {"qt", "works", "vtk", "fails", "no OpenGL\nInstall libgl1."} <= set(shown)
    dialog.copy.click()
    lines = [line for finding in FOUND.values() for line in finding.lines()]
    assert QApplication.clipboard().text().split("\n") == lines
    dialog.reject()


def test_the_window_does_not_wait_for_the_answers(qtbot, window, asked):
    dialog = diagnosing.diagnose(window)
    assert dialog.isVisible() and dialog.findings == ()
    qtbot.waitUntil(lambda: len(dialog.findings) == 2)
    assert threading.get_ident() not in asked
    dialog.reject()


def test_what_is_known_is_shown_while_the_rest_is_asked(qtbot, window, monkeypatch):
    going = threading.Event()

    def slow() -> Finding:
        going.wait(30)
        return FOUND["broken"]

    def quick() -> Finding:
        return FOUND["fine"]

    monkeypatch.setattr(diagnosing, "CHECKS", (quick, slow))
    dialog = diagnosing.diagnose(window)
    qtbot.waitUntil(lambda: dialog.findings == (FOUND["fine"],))
    assert "PySide6" in [label.text() for label in dialog.findChildren(QLabel)]
    assert dialog.progress.text() == "Asking … 1 of 2" and not dialog.copy.isEnabled()
    going.set()
    qtbot.waitUntil(lambda: dialog.copy.isEnabled())
    dialog.reject()


def test_closed_early_nothing_more_is_asked(qtbot, window, monkeypatch):
    going, asked = threading.Event(), []

    def first() -> Finding:
        asked.append("first")
        going.wait(30)
        return FOUND["fine"]

    def second() -> Finding:
        asked.append("second")
        return FOUND["broken"]

    monkeypatch.setattr(diagnosing, "CHECKS", (first, second))
    dialog = diagnosing.diagnose(window)
    qtbot.waitUntil(lambda: asked == ["first"])
    dialog.reject()
    going.set()
    qtbot.wait(300)
    assert asked == ["first"]
