"""The mouse where two scans are in one pane: the curtain's divider, and which scan a drag is for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from app.state.comparing import Comparing, under
from app.state.layout import Cell
from app.state.mixed import Blend
from app.widgets.slice_pane import SlicePane

_REACH = 7.0
"""Pixels beside the divider that still take hold of it."""


class CurtainGrip(QObject):
    """Watches the mouse of one pane before its hands do; takes what happens on the divider."""

    def __init__(self, comparing: Comparing, pane: SlicePane) -> None:
        super().__init__(pane)
        self.cell: Cell | None = None
        self._comparing, self._pane = comparing, pane
        self._held: float | None = None
        pane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether it was the divider that was meant."""
        if not isinstance(event, QMouseEvent):
            return False
        if event.type() is QEvent.Type.MouseButtonPress:
            return self._press(event)
        if event.type() is QEvent.Type.MouseMove:
            return self._move(event.position())
        if event.type() is QEvent.Type.MouseButtonRelease and self._held is not None:
            self._held = None
            return True
        return event.type() is QEvent.Type.MouseButtonDblClick and self._on_divider(event.position())

    def _press(self, event: QMouseEvent) -> bool:
        position, picture = event.position(), self._pane.picture
        if event.button() is Qt.MouseButton.LeftButton and self._on_divider(position):
            self._held = self._comparing.divider * self._pane.width() - position.x()
            return True
        if self.cell is not None and picture is not None:
            self._pane.entry = under(picture, self.cell, self._comparing, position.x(), position.y(), self._pane.extent)
        return False

    def _move(self, position: QPointF) -> bool:
        if self._held is not None:
            share = (position.x() + self._held) / max(self._pane.width(), 1)
            self._comparing.divider = min(max(share, 0.0), 1.0)
            return True
        shape = Qt.CursorShape.SplitHCursor if self._on_divider(position) else Qt.CursorShape.CrossCursor
        if self._pane.cursor().shape() is not shape:
            self._pane.setCursor(shape)
        return False

    def _on_divider(self, position: QPointF) -> bool:
        mixed = self._pane.picture.mixed if self._pane.picture is not None else None
        if mixed is None or mixed.blend is not Blend.CURTAIN:
            return False
        return abs(position.x() - self._comparing.divider * self._pane.width()) <= _REACH
