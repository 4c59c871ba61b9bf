"""The thin line around the pane that the keys go to, and the panes that have one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.render.palette import ACCENT
from app.state.slicing import Size

_INSET = 3.5
"""Inside the badge's frame, which must stay whole."""


class FocusPane(QWidget):
    """A painted widget that looks different while the keys go to it."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """They go elsewhere."""
        super().focusOutEvent(event)
        self.update()


def paint_focus(painter: QPainter, size: Size) -> None:
    """Draw it inside the pane's edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ACCENT, 1))
    painter.drawRect(QRectF(_INSET, _INSET, size[0] - 2 * _INSET - 1, size[1] - 2 * _INSET - 1))
