"""The study list, the views and the synthesis panel, side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from app.state.preferences import Preferences
from app.state.study import Study
from app.state.viewer import Viewer

_LIST, _PANEL = 212, 252
"""Widths at first, in pixels."""

_ROOM = (168, 420)
"""How narrow and how wide a column may be pulled."""


class Columns(QSplitter):
    """The views take what the columns at their sides leave; without a scan the welcome stands there.

    left, right: hidden while the viewer's state says so
    """

    def __init__(
        self, left: QWidget, views: QWidget, right: QWidget, welcome: QWidget, viewer: Viewer, study: Study
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, childrenCollapsible=False, handleWidth=9)
        self._sides, self._views, self._welcome = (left, right), views, welcome
        self._viewer, self._study = viewer, study
        self._middle = QStackedWidget()
        for widget in (welcome, views):
            self._middle.addWidget(widget)
        for at, widget in enumerate((left, self._middle, right)):
            self.addWidget(widget)
            self.setStretchFactor(at, int(widget is self._middle))
        for side, least in zip(self._sides, (_ROOM[0], _PANEL - 12), strict=True):
            side.setMinimumWidth(least)
            side.setMaximumWidth(_ROOM[1])
        for at in (1, 2):
            self.handle(at).setToolTip("Drag to change the width")
        self.setSizes([_LIST, 10_000, _PANEL])
        for signal in (self._viewer.events.list_shown, self._viewer.events.panel_shown, self._study.events.selected):
            signal.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        """What the state says now."""
        self._sides[0].setVisible(self._viewer.list_shown)
        self._sides[1].setVisible(self._viewer.panel_shown)
        self._middle.setCurrentWidget(self._welcome if self._study.selected is None else self._views)

    def remember(self, preferences: Preferences) -> None:
        """The widths of the last time; those that the reader gives them from now on are noted."""
        left, right = _widths(preferences.widths)
        self.setSizes([left, 10_000, right])
        self.splitterMoved.connect(lambda: setattr(preferences, "widths", self._told()))

    def _told(self) -> str:
        left, right = (side.width() for side in self._sides)
        return f"{left} {right}"


def _widths(words: str) -> tuple[int, int]:
    """Of both columns, from what was remembered; those of the first day where it says nothing sensible."""
    numbers = [int(word) for word in words.split() if word.isdigit()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (_LIST, _PANEL)
