"""Draws distances and regions on a slice, with their numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from app.render.palette import MEASURE, MEASURE_CHOSEN
from app.state.grips import handles, outline
from app.state.measuring import Distance, Mark, said
from app.state.slicing import Size, Slice
from engine.volume import Floats

_SHADOW = QColor(0, 0, 0, 190)
_PLATE = QColor(0, 0, 0, 140)
_HANDLE = 3.5
_TICK = 5.0
_GAP = 10.0
_EDGE = 6.0
_TEXT_PIXELS = 12


def paint_marks(painter: QPainter, picture: Slice, size: Size) -> None:
    """All measures of a slice, their numbers last so that no line crosses them."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = [(mark, _on_pane(picture, outline(mark.measure), size)) for mark in picture.marks]
    for mark, line in lines:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _paint_line(painter, mark, line)
        if mark.chosen:
            _paint_handles(painter, _on_pane(picture, handles(mark.measure), size))
    taken: list[QRectF] = []
    for mark, line in lines:
        _paint_words(painter, mark, line, size, picture.badge is not None, taken)
    painter.restore()


def _paint_line(painter: QPainter, mark: Mark, line: list[QPointF]) -> None:
    strokes = [line]
    if isinstance(mark.measure, Distance):
        strokes += _ticks(*line)
    for pen in (QPen(_SHADOW, 3.5), QPen(_colour(mark), 1.6)):
        painter.setPen(pen)
        for stroke in strokes:
            painter.drawPolyline(QPolygonF(stroke))


def _ticks(start: QPointF, end: QPointF) -> list[list[QPointF]]:
    """Short strokes across both ends: the ends themselves stay visible."""
    way = end - start
    length = float(np.hypot(way.x(), way.y())) or 1.0
    aside = QPointF(-way.y(), way.x()) * (_TICK / length)
    return [[point - aside, point + aside] for point in (start, end)]


def _paint_handles(painter: QPainter, points: list[QPointF]) -> None:
    painter.setPen(QPen(_SHADOW, 1.0))
    painter.setBrush(MEASURE_CHOSEN)
    for point in points:
        painter.drawEllipse(point, _HANDLE, _HANDLE)


def _paint_words(
    painter: QPainter, mark: Mark, line: list[QPointF], size: Size, synthetic: bool, taken: list[QRectF]
) -> None:
    """To the right of the measure, or to its left where the pane has no room, below what is taken by other words."""
    font = QFont(painter.font())
    font.setPixelSize(_TEXT_PIXELS)
    painter.setFont(font)
    words = said(mark, synthetic)
    box = QFontMetricsF(font).boundingRect(QRectF(0, 0, 400, 200), 0, words).adjusted(-5, -2, 5, 2)
    leftmost, rightmost = min(line, key=QPointF.x), max(line, key=QPointF.x)
    x = rightmost.x() + _GAP
    if x + box.width() > size[0] - _EDGE:
        x = leftmost.x() - _GAP - box.width()
    x = min(max(x, _EDGE), size[0] - _EDGE - box.width())
    y = min(max(rightmost.y() - box.height() / 2, _EDGE), size[1] - _EDGE - box.height())
    plate = QRectF(x, y, box.width(), box.height())
    for other in sorted(taken, key=QRectF.top):
        if plate.intersects(other):
            plate.moveTop(other.bottom() + 2)
    taken.append(plate)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(_colour(mark))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), words)


def _colour(mark: Mark) -> QColor:
    return MEASURE_CHOSEN if mark.chosen else MEASURE


def _on_pane(picture: Slice, points: Floats, size: Size) -> list[QPointF]:
    return [QPointF(*picture.pixel_of((x, y, z), size)) for x, y, z in points.tolist()]
