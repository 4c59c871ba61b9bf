"""Boxes that leave letters, and the wheel that passes over them, to the window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox


class PlainBox(QComboBox):
    """Chosen from by arrows, or by the list that Space opens; a letter is a key of the views, not a search."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(focusPolicy=Qt.FocusPolicy.StrongFocus, **properties)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters go on to the window."""
        if event.text().isalpha():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Without the focus it is what lies around the box that scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberBox(QSpinBox):
    """A number that the wheel changes only where the reader has gone to it."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(focusPolicy=Qt.FocusPolicy.StrongFocus, **properties)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Without the focus it is what lies around the box that scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
