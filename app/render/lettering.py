"""Letters over an image, readable on white matter and on black."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

OUTLINE = QColor(0, 0, 0, 200)
_AROUND = [(x, y) for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0) if (x, y) != (0, 0)]


def draw(painter: QPainter, room: QRectF, align: Qt.AlignmentFlag, text: str, colour: QColor) -> None:
    """Text with a dark edge all around."""
    painter.setPen(OUTLINE)
    for right, down in _AROUND:
        painter.drawText(room.translated(right, down), int(align), text)
    painter.setPen(colour)
    painter.drawText(room, int(align), text)


def sized(painter: QPainter, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The painter's font in another size."""
    font = QFont(painter.font())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def number(value: float) -> str:
    """As many digits as an eye takes in, and a real minus sign."""
    text = f"{value:.0f}" if abs(value) >= 20 else f"{value:.3g}"
    return text.replace("-", "−")
