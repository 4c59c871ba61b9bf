"""File > Open recent: filled each time it is about to be seen; what is no longer there is grey."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from os.path import exists
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.state.preferences import Preferences
from app.state.recent import titles


def fill_when_seen(clear: QAction, preferences: Preferences, open_paths: Callable[[Iterable[Path]], None]) -> None:
    """Make the menu in which the action "Clear the list" stands the list of what was opened before."""
    menu = next(owner for owner in clear.associatedObjects() if isinstance(owner, QMenu))

    def fill() -> None:
        menu.clear()
        for text, path in titles(preferences):
            row = menu.addAction(text.replace("&", "&&"), partial(open_paths, [path]))
            row.setToolTip(str(path))
            row.setEnabled(exists(path))  # Path.exists raises where a disk has gone
        if menu.isEmpty():
            menu.addAction("Nothing opened yet").setEnabled(False)
        menu.addSeparator()
        menu.addAction(clear)
        clear.setEnabled(bool(preferences.recent))

    menu.setToolTipsVisible(True)
    menu.aboutToShow.connect(fill)
    fill()
