"""What a picture of two scans says of them, always: which is seen where, and what speaks against comparing them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.render.annotations import ROOMY
from app.render.lettering import draw, sized
from app.render.palette import SYNTHETIC, TEXT
from app.state.mixed import TILE, Blend, Mixed
from app.state.slicing import Size, Slice

_PIXELS = 12
_LINE = 17.0
_ABOVE_LETTERS, _ABOVE_NUMBERS = 28.0, 44.0
_CAUTION = QColor("#ff9a8c")
_GAP = 9.0
_PLATE = QColor(0, 0, 0, 190)


def paint_caption(painter: QPainter, picture: Slice, mixed: Mixed, size: Size) -> None:
    """One line above the lower letters, and above it, in red, the caution."""
    painter.save()
    painter.setFont(sized(painter, _PIXELS))
    numbered = size[0] >= ROOMY[0] and size[1] >= ROOMY[1]
    top = size[1] - (_ABOVE_NUMBERS if numbered else _ABOVE_LETTERS) - _LINE
    if mixed.blend is Blend.CURTAIN:
        _paint_sides(painter, picture, mixed, top, size)
    else:
        line = QRectF(_GAP, top, size[0] - 2 * _GAP, _LINE)
        _paint_line(painter, line, _sentence(mixed), TEXT, Qt.AlignmentFlag.AlignHCenter)
    if mixed.caution:
        line = QRectF(_GAP, top - _LINE, size[0] - 2 * _GAP, _LINE)
        _paint_line(painter, line, mixed.caution, _CAUTION, Qt.AlignmentFlag.AlignHCenter)
    painter.restore()


def _paint_sides(painter: QPainter, picture: Slice, mixed: Mixed, top: float, size: Size) -> None:
    """Each name on its own side of the divider."""
    x = mixed.divider * size[0]
    sides = (
        (QRectF(_GAP, top, x - 2 * _GAP, _LINE), Qt.AlignmentFlag.AlignRight, picture.scan.synthetic),
        (QRectF(x + _GAP, top, size[0] - x - 2 * _GAP, _LINE), Qt.AlignmentFlag.AlignLeft, mixed.scan.synthetic),
    )
    for (line, align, synthetic), name in zip(sides, mixed.names, strict=True):
        _paint_line(painter, line, name, SYNTHETIC if synthetic else TEXT, align)


def _paint_line(painter: QPainter, line: QRectF, text: str, colour: QColor, align: Qt.AlignmentFlag) -> None:
    if line.width() <= 0:
        return
    metrics, align = painter.fontMetrics(), align | Qt.AlignmentFlag.AlignVCenter
    fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
    plate = QRectF(metrics.boundingRect(line.toRect(), int(align), fitting)).adjusted(-5, 0, 5, 0)
    painter.fillRect(plate.intersected(line.adjusted(-5, 0, 5, 0)), _PLATE)
    draw(painter, line, align, fitting, colour)


def _sentence(mixed: Mixed) -> str:
    first, second = mixed.names
    if mixed.blend is Blend.CHECKERBOARD:
        return f"{first} / {second}, tiles of {TILE:.0f} mm"
    if mixed.blend is Blend.DIFFERENCE:
        return f"{second} − {first}, ±{mixed.span:.2f}"
    if mixed.blend is Blend.FLICKER:
        return second
    return f"{first} + {100 * mixed.opacity:.0f} % {second}"
