"""A list that leaves letters to the window."""

from __future__ import annotations

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget


class PlainList(QListWidget):
    """Moves by arrows; a letter is a key of the views, not a search, so that F flickers whatever was clicked last."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters go on to the window."""
        if event.text().isalpha():
            event.ignore()
        else:
            super().keyPressEvent(event)
