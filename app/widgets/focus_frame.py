"""The thin line around the pane that the keys go to."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.render.palette import ACCENT
from app.state.slicing import Size

_INSET = 3.5
"""Inside the badge's frame, which must stay whole."""


def paint_focus(painter: QPainter, size: Size) -> None:
    """Draw it inside the pane's edge."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ACCENT, 1))
    painter.drawRect(QRectF(_INSET, _INSET, size[0] - 2 * _INSET - 1, size[1] - 2 * _INSET - 1))
