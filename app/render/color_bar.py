"""Which colour stands for which number: beside every picture that is not grey."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from app.render.colormaps import words
from app.render.lettering import OUTLINE, draw, number, sized
from app.render.palette import QUIET
from app.state.colormap import Colormap
from app.state.mixed import Blend
from app.state.slicing import Size, Slice

_WIDTH = 9.0
_EDGE = 9.0
_SHORTEST, _LONGEST = 36.0, 150.0
_TEXT_PIXELS = 11

Scale = tuple[Colormap, tuple[str, str, str]]
"""A map, and the words at its top, middle and bottom."""


def paint_color_bar(painter: QPainter, picture: Slice, size: Size, top: float) -> None:
    """At the right, between what stands in the upper corner and the letter in the middle; none without room."""
    scale = scale_of(picture)
    height = min(size[1] / 2 - top - 24, _LONGEST)
    if scale is None or height < _SHORTEST:
        return
    colormap, said = scale
    bar = QRectF(size[0] - _EDGE - _WIDTH, top + 6, _WIDTH, height)
    colours = np.ascontiguousarray(words(colormap)[::-1])
    painter.save()
    painter.drawImage(bar, QImage(colours.data, 1, 256, 4, QImage.Format.Format_RGB32))
    painter.setPen(QPen(OUTLINE, 1))
    painter.drawRect(bar)
    painter.setFont(sized(painter, _TEXT_PIXELS))
    for text, y in zip(said, (bar.top(), bar.center().y(), bar.bottom()), strict=True):
        room = QRectF(bar.left() - 186, y - 8, 180, 16)
        draw(painter, room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text, QUIET)
    painter.restore()


def scale_of(picture: Slice) -> Scale | None:
    """What the bar of a picture shows; None where everything is grey."""
    mixed, shown, colormap = picture.mixed, picture.window_level, picture.colormap
    if mixed is not None and mixed.blend is Blend.DIFFERENCE:
        span = f"{mixed.span:.2f}"
        return Colormap.DIVERGING, (f"+{span} brighter", "0 equal", f"−{span} darker")
    if mixed is not None and mixed.blend is Blend.UNCERTAINTY:
        return mixed.colormap, (mixed.doubt.bound(number(mixed.window_level.high)), "", "0")
    if mixed is not None and colormap is Colormap.GREY and mixed.blend is not Blend.FLICKER:
        shown, colormap = mixed.window_level, mixed.colormap
    if colormap is Colormap.GREY:
        return None
    return colormap, (number(shown.high), "", number(shown.low))
