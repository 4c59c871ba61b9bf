"""The permanent mark of synthetic data. Drawn last, by every view itself, and not one of the annotations."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from app.render.palette import BACKGROUND, SYNTHETIC

_FRAME = 2.0
_MARGIN = 6.0
_LARGEST, _SMALLEST = 12.5, 6.0


def paint_badge(painter: QPainter, text: str, width: float, height: float) -> None:
    """A frame around the view and the words in its top middle, as large as fits."""
    painter.save()
    painter.setPen(QPen(SYNTHETIC, _FRAME))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(_FRAME / 2, _FRAME / 2, width - _FRAME, height - _FRAME))
    text, font = _fitting(painter.font(), text, width - 6 * _MARGIN)
    metrics = QFontMetricsF(font)
    wide, high = metrics.horizontalAdvance(text) + 2 * _MARGIN, metrics.height() + 4
    plate = QRectF((width - wide) / 2, _FRAME, wide, high)
    painter.fillRect(plate, SYNTHETIC)
    painter.setFont(font)
    painter.setPen(BACKGROUND)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def badge_height(painter: QPainter, text: str, width: float) -> float:
    """Pixels at the top of a view that the badge covers."""
    _, font = _fitting(painter.font(), text, width - 6 * _MARGIN)
    return _FRAME + QFontMetricsF(font).height() + 4


def _fitting(font: QFont, text: str, room: float) -> tuple[str, QFont]:
    """The words in the largest letters that fit; where none do, fewer words: cut-off ones say nothing."""
    fitting = QFont(font)
    fitting.setWeight(QFont.Weight.DemiBold)
    for words in _shorter(text):
        size = _LARGEST
        while size >= _SMALLEST:
            fitting.setPixelSize(int(size))
            if QFontMetricsF(fitting).horizontalAdvance(words) <= room:
                return words, fitting
            size -= 0.5
    return _shorter(text)[-1], fitting


def _shorter(text: str) -> tuple[str, ...]:
    """ "SYNTHETIC T2 - AI - not for diagnosis", "SYNTHETIC T2 - AI", "SYNTHETIC T2", "SYNTHETIC"."""
    parts = text.split(" - ")
    return (*(" - ".join(parts[:count]) for count in range(len(parts), 0, -1)), parts[0].split()[0])
