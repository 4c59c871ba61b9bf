"""File > Open recent, where what was opened before can no more be reached."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.state.preferences import Preferences
from app.widgets.recent_menu import fill_when_seen


def test_a_file_that_the_system_refuses_to_look_for_is_grey_like_one_that_is_gone(qapp, head: Path):
    """A folder that may not be entered, a disk that has gone, or a name that is too long for it."""
    refused = head.with_name(f"{'t' * 300}.nii")
    menu, clear = QMenu(), QAction("Clear the list")
    menu.addAction(clear)
    fill_when_seen(clear, Preferences(recent=(str(refused), str(head))), list)
    assert [row.isEnabled() for row in menu.actions()[:2]] == [False, True]
