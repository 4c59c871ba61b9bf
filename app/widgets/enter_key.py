"""Enter presses the button with the focus, as Space does; Qt does so in dialogs alone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def presses(event: QKeyEvent, focused: QWidget | None) -> bool:
    """Whether a key that nobody wanted has pressed a button."""
    if event.key() not in _KEYS or event.isAutoRepeat() or not isinstance(focused, QAbstractButton):
        return False
    focused.click()
    return True
