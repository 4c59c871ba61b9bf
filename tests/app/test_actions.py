"""The one table of actions: what can be asked for, and when it is grey."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.state.measuring import Distance, draw
from app.state.viewer import Plane
from tests.app.test_window import synthesize

WITH_A_SCAN = {"save-picture", "copy-picture", "remove"}
WITH_A_RESULT = {"export", "export-all", "save-report"}
WITH_A_MEASURE = {"copy-measures", "clear-measures"}


def grey(window) -> set[str]:
    """The actions that cannot be asked for now."""
    return {name for name, action in window.acts.items() if not action.isEnabled()} - {"undo", "redo"}


def test_what_there_is_nothing_for_is_grey(qtbot, window, head, open_scans):
    assert grey(window) >= WITH_A_SCAN | WITH_A_RESULT | WITH_A_MEASURE
    open_scans(head)
    assert not grey(window) & WITH_A_SCAN
    assert grey(window) >= WITH_A_RESULT
    synthesize(qtbot, window)
    assert not grey(window) & WITH_A_RESULT
    draw(window.viewer, Distance(Plane.AXIAL, (0.0, 0.0, 0.0), (10.0, 0.0, 0.0)))
    assert not grey(window) & WITH_A_MEASURE


def test_the_key_of_a_grey_action_does_nothing(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert not window.banner.isVisible()
