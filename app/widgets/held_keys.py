"""Keys that work as long as they are held."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

Do = Callable[[], object]


class HeldKeys(QObject):
    """Watches the keys that no child of the window has taken; lets go of all when the window loses the keyboard."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._known: dict[int, tuple[Do, Do]] = {}
        self._down: set[int] = set()
        window.installEventFilter(self)

    def add(self, keys: Iterable[str], press: Do, release: Do) -> None:
        """Do `press` when one of these keys goes down and `release` when it comes up."""
        for key in keys:
            self._known[Qt.Key[f"Key_{key}"]] = (press, release)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take our own keys, and the automatic repeats of them; leave all others."""
        if event.type() is QEvent.Type.WindowDeactivate:
            for key in tuple(self._down):
                self._up(key)
        if not isinstance(event, QKeyEvent) or event.key() not in self._known:
            return False
        if event.type() is QEvent.Type.KeyRelease:
            if event.key() in self._down and not event.isAutoRepeat():
                self._up(event.key())
            return True
        if event.type() is not QEvent.Type.KeyPress or event.modifiers():
            return False
        if not event.isAutoRepeat():
            self._down.add(event.key())
            self._known[event.key()][0]()
        return True

    def _up(self, key: int) -> None:
        self._down.discard(key)
        self._known[key][1]()
