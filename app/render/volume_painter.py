"""Paints the 3-D picture with its name and, last, the badge."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter

from app.render.annotations import title_lines
from app.render.badge import badge_height, paint_badge
from app.render.palette import BACKGROUND, TEXT
from app.state.slicing import Size
from app.state.study import Entry, badge


def paint_volume(painter: QPainter, image: QImage, entry: Entry, size: Size, annotations: bool = True) -> None:
    """Draw the picture of a scan's volume into a pane of this size (device-independent pixels)."""
    width, height = size
    painter.fillRect(QRectF(0, 0, width, height), BACKGROUND)
    painter.drawImage(QRectF(0, 0, width, height), image)
    said = badge(entry.scan)
    if annotations:
        _paint_name(painter, entry, size, 0.0 if said is None else badge_height(painter, said, width))
    if said is not None:
        paint_badge(painter, said, width, height)


def _paint_name(painter: QPainter, entry: Entry, size: Size, top: float) -> None:
    painter.save()
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    painter.setPen(TEXT)
    lines = title_lines(painter, "3-D", entry.title, size[0] * 0.8)
    painter.drawText(QRectF(8, top + 6, size[0] - 16, 60), int(Qt.AlignmentFlag.AlignLeft), lines)
    painter.restore()
