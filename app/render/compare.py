"""Two scans in one picture. Which of them is seen where is said in the caption, which cannot be hidden."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.render.layers import layer, paint_layer
from app.render.palette import BACKGROUND, SYNTHETIC, TEXT
from app.state.board import tiles
from app.state.colormap import Colormap
from app.state.mixed import Blend, Mixed, difference
from app.state.slicing import Size, Slice
from app.state.window_level import WindowLevel

_GRIP = 5.0
_UPPER_ROOM, _LOWER_ROOM = 46.0, 26.0
"""Pixels that belong to the badge and the letters."""


def paint_mixed(painter: QPainter, picture: Slice, mixed: Mixed, size: Size) -> None:
    """The picture and the second scan in it."""
    if mixed.blend is Blend.DIFFERENCE:
        shown = WindowLevel.between(-mixed.span, mixed.span)
        paint_layer(painter, picture, layer(difference(picture.pixels, mixed), shown, Colormap.DIVERGING), size)
        return
    paint_layer(painter, picture, layer(picture.pixels, picture.window_level, picture.colormap), size)
    if mixed.blend is Blend.CURTAIN:
        _paint_curtain(painter, picture, mixed, size)
    elif mixed.blend is Blend.CHECKERBOARD:
        _paint_board(painter, picture, mixed, size)
    else:
        painter.save()
        painter.setOpacity(mixed.opacity)
        fading = mixed.blend is Blend.UNCERTAINTY
        paint_layer(painter, picture, layer(mixed.pixels, mixed.window_level, mixed.colormap, fading), size)
        painter.restore()


def _paint_curtain(painter: QPainter, picture: Slice, mixed: Mixed, size: Size) -> None:
    x = round(mixed.divider * size[0])
    right = QPainterPath()
    right.addRect(QRectF(x, 0, size[0] - x, size[1]))
    _paint_inside(painter, picture, mixed, right, size)
    painter.save()
    painter.setPen(QPen(TEXT, 1.5))
    painter.drawLine(QPointF(x, _UPPER_ROOM), QPointF(x, size[1] - _LOWER_ROOM))
    painter.setBrush(TEXT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(x, size[1] / 2), _GRIP, _GRIP)
    painter.restore()


def _paint_board(painter: QPainter, picture: Slice, mixed: Mixed, size: Size) -> None:
    """Tiles of synthetic data have a line of their own colour around them."""
    path = QPainterPath()
    for left, top, side in tiles(picture, size):
        path.addRect(QRectF(left, top, side, side))
    _paint_inside(painter, picture, mixed, path, size)
    if mixed.scan.synthetic != picture.scan.synthetic:
        painter.save()
        line = QColor(SYNTHETIC)
        line.setAlpha(80)
        painter.setPen(QPen(line, 1))
        painter.drawPath(path)
        painter.restore()


def _paint_inside(painter: QPainter, picture: Slice, mixed: Mixed, where: QPainterPath, size: Size) -> None:
    """The second scan in a part of the pane, nothing of the first."""
    painter.save()
    painter.setClipPath(where, Qt.ClipOperation.IntersectClip)
    painter.fillRect(QRectF(0, 0, *size), BACKGROUND)
    paint_layer(painter, picture, layer(mixed.pixels, mixed.window_level, mixed.colormap), size)
    painter.restore()
