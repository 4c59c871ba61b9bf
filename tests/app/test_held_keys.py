"""A held key works until it is let go, however that happens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QVBoxLayout, QWidget

from app.widgets.held_keys import HeldKeys

F, NONE = Qt.Key.Key_F, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def room(qtbot):
    """A window with a view in it, and what has been done there."""
    window, told = QWidget(), []
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    window.view, window.box = QWidget(), QComboBox()
    window.box.addItems(["T1", "FLAIR"])
    column.addWidget(window.view)
    column.addWidget(window.box)
    HeldKeys(window).add(("F",), lambda: told.append("down"), lambda: told.append("up"))
    window.show()
    return window, told


def test_down_and_up(qtbot, room):
    window, told = room
    qtbot.keyPress(window.view, F)
    assert told == ["down"]
    qtbot.keyRelease(window.view, F)
    assert told == ["down", "up"]


def test_automatic_repeats_change_nothing(qtbot, room):
    window, told = room
    qtbot.keyPress(window.view, F)
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress) * 3:
        QApplication.sendEvent(window.view, QKeyEvent(kind, F, NONE, "f", True))
    assert told == ["down"]


def test_losing_the_keyboard_lets_go(qtbot, room):
    window, told = room
    qtbot.keyPress(window.view, F)
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert told == ["down", "up"]
    qtbot.keyRelease(window.view, F)
    assert told == ["down", "up"]


def test_other_keys_and_modifiers_are_left_alone(qtbot, room):
    window, told = room
    qtbot.keyClick(window.view, Qt.Key.Key_G)
    qtbot.keyClick(window.view, F, Qt.KeyboardModifier.ControlModifier)
    assert told == []


def test_a_modifier_that_comes_later_does_not_hold_the_key_down(qtbot, room):
    window, told = room
    qtbot.keyPress(window.view, F)
    qtbot.keyRelease(window.view, F, Qt.KeyboardModifier.ControlModifier)
    assert told == ["down", "up"]


def test_a_list_that_is_typed_into_keeps_its_letters(qtbot, room):
    window, told = room
    qtbot.keyClick(window.box, F)
    assert window.box.currentText() == "FLAIR" and told == []
