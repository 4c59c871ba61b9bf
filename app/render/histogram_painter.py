"""Draws a histogram with the window over it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.render.badge import badge_height, paint_badge
from app.render.lettering import number, sized
from app.render.palette import ACCENT, BACKGROUND, MEASURE, QUIET, TEXT
from app.state.histogram import Histogram
from app.state.slicing import Size
from app.state.window_level import WindowLevel
from engine.volume import Floats

SIDE, _FOOT, _HEAD = 14.0, 22.0, 12.0
"""Pixels left and right, below and above the counts."""

_BARS = QColor("#46545c")
_SEEN = QColor(63, 182, 200, 34)


def across(histogram: Histogram, intensity: float, width: float) -> float:
    """The pixel of an intensity."""
    return SIDE + histogram.share(intensity) * (width - 2 * SIDE)


def intensity_at(histogram: Histogram, x: float, width: float) -> float:
    """The intensity at a pixel."""
    return histogram.intensity((x - SIDE) / (width - 2 * SIDE))


def paint_histogram(
    painter: QPainter, histogram: Histogram, shown: WindowLevel, size: Size, log: bool, badge: str | None
) -> None:
    """Counts, the region's counts at their own scale, the window's ramp, and last the badge."""
    width, height = size
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, width, height), BACKGROUND)
    top = _HEAD + (0.0 if badge is None else badge_height(painter, badge, width))
    room = QRectF(SIDE, top, width - 2 * SIDE, height - top - _FOOT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BARS)
    painter.drawPolygon(_hill(histogram.counts, room, log))
    if histogram.region is not None:
        painter.setPen(QPen(MEASURE, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(_hill(histogram.region, room, log))
    _paint_window(painter, histogram, shown, room, width)
    _paint_axis(painter, histogram, room)
    if badge is not None:
        paint_badge(painter, badge, width, height)


def _hill(counts: Floats, room: QRectF, log: bool) -> QPolygonF:
    heights = np.log1p(counts) if log else counts
    heights = heights / max(float(heights.max()), 1e-9)
    step = room.width() / len(heights)
    points = [QPointF(room.left(), room.bottom())]
    for place, high in enumerate(heights.tolist()):
        y = room.bottom() - high * room.height()
        points += [QPointF(room.left() + place * step, y), QPointF(room.left() + (place + 1) * step, y)]
    return QPolygonF([*points, QPointF(room.right(), room.bottom())])


def _paint_window(painter: QPainter, histogram: Histogram, shown: WindowLevel, room: QRectF, width: float) -> None:
    low, high = (across(histogram, value, width) for value in (shown.low, shown.low + shown.window))
    painter.save()
    painter.setClipRect(room.adjusted(-5, -_HEAD, 5, 1))
    painter.fillRect(QRectF(low, room.top(), high - low, room.height()), _SEEN)
    painter.setPen(QPen(ACCENT, 1.4))
    painter.drawLine(QPointF(low, room.bottom()), QPointF(high, room.top()))
    painter.setBrush(ACCENT)
    for x in (low, high):
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        painter.drawEllipse(QPointF(x, room.top()), 3.5, 3.5)
    painter.restore()


def _paint_axis(painter: QPainter, histogram: Histogram, room: QRectF) -> None:
    painter.setPen(QPen(QUIET, 1))
    painter.drawLine(room.bottomLeft(), room.bottomRight())
    painter.setFont(sized(painter, 11))
    below = QRectF(room.left(), room.bottom() + 3, room.width(), _FOOT - 3)
    painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), number(histogram.low))
    painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), number(histogram.high))
    painter.setPen(TEXT)
    painter.drawText(below, int(Qt.AlignmentFlag.AlignHCenter), "intensity of the voxels that are not 0")
