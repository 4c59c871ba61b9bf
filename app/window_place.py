"""Where the window stands: as it was left, else as large as the screen comfortably holds."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtWidgets import QMainWindow

from app.state.preferences import Preferences

_FIRST = QSize(1440, 900)
_LEAST = QSize(400, 300)
"""Qt takes a damaged word for a window of one pixel."""


def put_back(window: QMainWindow, preferences: Preferences) -> None:
    """Size, place and screen of the last time; Qt brings a window back whose screen is gone."""
    remembered = QByteArray.fromBase64(preferences.geometry.encode("ascii", "ignore"))
    found = not remembered.isEmpty() and window.restoreGeometry(remembered)
    if not found or window.width() < _LEAST.width() or window.height() < _LEAST.height():
        room = window.screen().availableSize()
        window.resize(_FIRST.boundedTo(QSize(room.width() * 19 // 20, room.height() * 9 // 10)))


def note(window: QMainWindow, preferences: Preferences) -> None:
    """Remember where it stands."""
    preferences.geometry = bytes(window.saveGeometry().toBase64().data()).decode("ascii")
