"""Taking a scan out of the list: undone where memory is plenty, else asked about first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.state.study import Entry
from engine.memory import spare

if TYPE_CHECKING:
    from app.main_window import MainWindow


def remove(window: MainWindow, entry: Entry) -> None:
    """Out of the list; its file stays."""
    if spare(entry.size):
        window.study.remove(entry)
        return
    lost = " It is not exported and would be lost." if entry.unsaved else ""
    question = f"{entry.title} is too large to be kept for an undo.{lost}"
    window.banner.ask(question, "Remove it", lambda: _remove(window, entry))


def _remove(window: MainWindow, entry: Entry) -> None:
    """It may be gone by the time of the answer."""
    if entry in window.study.entries:
        window.study.remove(entry)
