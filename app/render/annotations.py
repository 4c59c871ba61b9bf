"""Words and marks over a slice that the reader may hide: letters, title, slice, window, scale bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from app.render.badge import badge_height
from app.render.palette import QUIET, TEXT, WARNING
from app.state.slicing import Size, Slice

_EDGE = 8.0
_TEXT_PIXELS = 12
_LETTER_PIXELS = 15
_BARS = (100, 50, 20, 10, 5, 2, 1)
"""Lengths of the scale bar, mm."""

_OUTLINE = QColor(0, 0, 0, 200)
_AROUND = [(x, y) for x in (-1.0, 0.0, 1.0) for y in (-1.0, 0.0, 1.0) if (x, y) != (0, 0)]


def paint_annotations(painter: QPainter, picture: Slice, size: Size) -> None:
    """Everything that tells what, where and how large."""
    top = 0.0 if picture.badge is None else badge_height(painter, picture.badge, size[0])
    painter.save()
    _paint_corners(painter, picture, size, top)
    _paint_letters(painter, picture, size, top)
    if picture.index is not None:
        _paint_bar(painter, picture, size)
    painter.restore()


def title_lines(painter: QPainter, view: str, title: str, room: float) -> str:
    """View, contrast and name, one below the other, each no wider than there is room."""
    metrics, middle = painter.fontMetrics(), Qt.TextElideMode.ElideMiddle
    return "\n".join(metrics.elidedText(line, middle, int(room)) for line in (view, *title.split(" · ", 1)))


def paint_note(
    painter: QPainter,
    text: str,
    size: Size,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:
    """A quiet sentence in an otherwise empty pane."""
    painter.save()
    painter.setFont(_font(painter, _TEXT_PIXELS + 1))
    painter.setPen(QUIET)
    room = QRectF(2 * _EDGE, 2 * _EDGE, size[0] - 4 * _EDGE, size[1] - 4 * _EDGE)
    painter.drawText(room, int(align | Qt.TextFlag.TextWordWrap), text)
    painter.restore()


def _paint_corners(painter: QPainter, picture: Slice, size: Size, top: float) -> None:
    painter.setFont(_font(painter, _TEXT_PIXELS))
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    up, down = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
    room = QRectF(_EDGE, top + _EDGE - 2, size[0] - 2 * _EDGE, size[1] - top - 2 * _EDGE + 4)
    _draw(painter, room, left | up, title_lines(painter, picture.plane.label, picture.title, size[0] * 0.4), TEXT)
    if picture.index is not None:
        _draw(painter, room, right | up, _where(picture), QUIET)
    shown = picture.window_level
    _draw(painter, room, left | down, f"W {_number(shown.window)}  L {_number(shown.level)}", QUIET)
    if picture.letters is None:
        _draw(painter, room, Qt.AlignmentFlag.AlignHCenter | down, "orientation unknown", WARNING)


def _paint_letters(painter: QPainter, picture: Slice, size: Size, top: float) -> None:
    if picture.letters is None:
        return
    painter.setFont(_font(painter, _LETTER_PIXELS, QFont.Weight.DemiBold))
    sides = QRectF(_EDGE, 0, size[0] - 2 * _EDGE, size[1])
    room = QRectF(_EDGE, top + _EDGE - 3, size[0] - 2 * _EDGE, size[1] - top - 2 * _EDGE + 6)
    middle, across = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignHCenter
    _draw(painter, sides, middle | Qt.AlignmentFlag.AlignLeft, picture.letters.left, TEXT)
    _draw(painter, sides, middle | Qt.AlignmentFlag.AlignRight, picture.letters.right, TEXT)
    _draw(painter, room, across | Qt.AlignmentFlag.AlignTop, picture.letters.top, TEXT)
    _draw(painter, room, across | Qt.AlignmentFlag.AlignBottom, picture.letters.bottom, TEXT)


def _paint_bar(painter: QPainter, picture: Slice, size: Size) -> None:
    """The longest round length that fits a fifth of the pane, at the bottom right."""
    scale = picture.scale(size)
    length = next((mm for mm in _BARS if mm * scale <= size[0] / 5), _BARS[-1])
    x, y = size[0] - _EDGE - length * scale, size[1] - _EDGE - 2
    for pen in (QPen(_OUTLINE, 3.5), QPen(QUIET, 1.5)):
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y), QPointF(x + length * scale, y))
        for end in (x, x + length * scale):
            painter.drawLine(QPointF(end, y - 3), QPointF(end, y + 3))
    painter.setFont(_font(painter, _TEXT_PIXELS - 1))
    room = QRectF(x - 60, y - 20, length * scale + 60, 16)
    _draw(painter, room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{length} mm", QUIET)


def _where(picture: Slice) -> str:
    """Slice number, and the plane's world coordinate."""
    position = f"{picture.position:.1f}".replace("-", "−")
    return f"{(picture.index or 0) + 1}/{picture.count}\n{'RAS'[picture.plane.value]} {position} mm"


def _draw(painter: QPainter, room: QRectF, align: Qt.AlignmentFlag, text: str, colour: QColor) -> None:
    """Text with a dark edge all around, readable on white matter and on black."""
    painter.setPen(_OUTLINE)
    for right, down in _AROUND:
        painter.drawText(room.translated(right, down), int(align), text)
    painter.setPen(colour)
    painter.drawText(room, int(align), text)


def _font(painter: QPainter, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def _number(value: float) -> str:
    text = f"{value:.0f}" if abs(value) >= 20 else f"{value:.3g}"
    return text.replace("-", "−")
