"""Sentences at the top of the window: all of them can be read, the newest first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from app.widgets.banner import Banner


@pytest.fixture
def banner(qtbot):
    shown = Banner()
    qtbot.addWidget(shown)
    return shown


def test_no_refusal_is_lost_however_many_come(qtbot, banner):
    for number in range(8):
        banner.warn(f"File {number} is damaged.")
    read: list[str] = []
    while banner.isVisible():
        read += banner.label.text().splitlines()
        qtbot.mouseClick(banner.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert [line for line in read if "damaged" in line] == [f"File {number} is damaged." for number in range(7, -1, -1)]
    assert "5 more: close these to read them." in read


def test_the_same_warning_is_said_once(banner):
    for _ in range(2):
        banner.warn("File 1 is damaged.")
    assert banner.label.text() == "File 1 is damaged."


def test_a_question_stands_above_and_answering_leaves_the_warnings(qtbot, banner):
    agreed: list[bool] = []
    banner.warn("File 1 is damaged.")
    banner.ask("Replace it?", "Replace", lambda: agreed.append(True))
    assert banner.label.text().splitlines() == ["Replace it?", "File 1 is damaged."]
    qtbot.mouseClick(banner.answer, Qt.MouseButton.LeftButton)
    assert agreed == [True] and banner.label.text() == "File 1 is damaged."
