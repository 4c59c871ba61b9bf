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
        self._comparing, self._pane = comparing, pane
        self._cell: Cell | None = None
        self._pressed = QPointF()
        self._held: float | None = None
        pane.installEventFilter(self)

    def show(self, cell: Cell) -> None:
        """What the pane shows; the scan that was under the pointer last stays the one that is meant."""
        self._cell = cell
        self._aim()

    def forget(self) -> None:
        """Let go of the scans: they may be gone from the study."""
        self._cell = None

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
        position = event.position()
        if event.button() is Qt.MouseButton.LeftButton and self._on_divider(position):
            self._held = self._comparing.divider * self._pane.width() - position.x()
            return True
        self._pressed = position
        self._aim()
        return False

    def _aim(self) -> None:
        if self._cell is not None and self._pane.picture is not None:
            at = self._pressed.x(), self._pressed.y()
            self._pane.entry = under(self._pane.picture, self._cell, self._comparing, *at, self._pane.extent)

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
