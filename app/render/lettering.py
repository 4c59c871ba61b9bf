"""Letters over an image, readable on white matter and on black."""

from __future__ import annotations

from collections import OrderedDict
from math import floor

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QTransform

OUTLINE = QColor(0, 0, 0, 200)
_AROUND = [(x, y) for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0) if (x, y) != (0, 0)]


_MARGIN = 2
"""Pixels around a text's box for its edge."""
_KEPT = 256
"""Texts kept as pictures: more than all views of a window show at a time."""

_Drawn = tuple[QPoint, QImage]
"""Letters alone, and where their picture's corner lies from that of the room."""

_drawn: OrderedDict[tuple[object, ...], _Drawn] = OrderedDict()


def draw(painter: QPainter, room: QRectF, align: Qt.AlignmentFlag, text: str, colour: QColor) -> None:
    """Text with a dark edge all around: nine times the same letters, so they are kept for the next slice."""
    if not _on_whole_pixels(painter):
        _draw_letters(painter, room, align, text, colour)
        return
    corner = QPoint(floor(room.left()), floor(room.top()))
    inside = room.translated(-corner.x(), -corner.y())
    place = tuple(round(number, 3) for number in (inside.left(), inside.top(), inside.width(), inside.height()))
    wanted = (text, painter.font().key(), colour.rgba(), int(align), *place)
    if wanted not in _drawn:
        _drawn[wanted] = _letters_alone(painter, inside, align, text, colour)
    _drawn.move_to_end(wanted)
    if len(_drawn) > _KEPT:
        _drawn.popitem(last=False)
    offset, picture = _drawn[wanted]
    painter.drawImage(corner + offset, picture)


def _on_whole_pixels(painter: QPainter) -> bool:
    """Whether a picture of letters comes out pixel by pixel as the letters themselves would."""
    to_device = painter.deviceTransform()
    x, y = to_device.dx(), to_device.dy()
    return to_device == QTransform.fromTranslate(round(x), round(y)) and painter.opacity() == 1


def _letters_alone(painter: QPainter, room: QRectF, align: Qt.AlignmentFlag, text: str, colour: QColor) -> _Drawn:
    box = painter.boundingRect(room, int(align), text).toAlignedRect()
    box.adjust(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
    picture = QImage(box.size(), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    letters = QPainter(picture)
    letters.setRenderHints(painter.renderHints())
    letters.setFont(painter.font())
    _draw_letters(letters, room.translated(-box.left(), -box.top()), align, text, colour)
    letters.end()
    return box.topLeft(), picture


def _draw_letters(painter: QPainter, room: QRectF, align: Qt.AlignmentFlag, text: str, colour: QColor) -> None:
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
