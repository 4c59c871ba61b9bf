"""Paints one frozen Slice: the image, the crosshair, the annotations, and last the badge."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from app.render.annotations import paint_annotations, paint_note
from app.render.badge import paint_badge
from app.render.caption import paint_caption
from app.render.compare import paint_mixed
from app.render.layers import layer, paint_layer
from app.render.measures import paint_marks
from app.render.palette import ACCENT, BACKGROUND
from app.state.mixed import Blend
from app.state.slicing import Size, Slice

_GAP = 10.0
"""Pixels around the crosshair's middle left open, so that it does not hide what it points at."""

_LETTER_ROOM = 28.0
"""Pixels at the edges that belong to the letters and the badge."""


def paint_slice(painter: QPainter, picture: Slice, size: Size) -> None:
    """Draw a slice into a pane of this size (device-independent pixels) whose corner is the origin."""
    width, height = size
    painter.fillRect(QRectF(0, 0, width, height), BACKGROUND)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if picture.index is None:
        paint_note(painter, "The crosshair is outside this scan", size)
    else:
        _paint_image(painter, picture, size)
        if picture.show_crosshair:
            _paint_crosshair(painter, picture, size)
    if picture.annotations:
        paint_marks(painter, picture, size)
        paint_annotations(painter, picture, size)
    if picture.mixed is not None:
        paint_caption(painter, picture, picture.mixed, size)
    if picture.badge is not None:
        paint_badge(painter, picture.badge, width, height)


def _paint_image(painter: QPainter, picture: Slice, size: Size) -> None:
    if picture.mixed is None or picture.mixed.blend is Blend.FLICKER:
        image = layer(picture.pixels, picture.window_level, picture.colormap)
        paint_layer(painter, picture, image, size)
    else:
        paint_mixed(painter, picture, picture.mixed, size)


def _paint_crosshair(painter: QPainter, picture: Slice, size: Size) -> None:
    """Lines of one pixel, filled: a pen that lets the image through takes twice as long for the same pixels."""
    x, y = (float(v) for v in picture.to_pane(size) @ np.array([*picture.crosshair, 1.0]))
    width, height = size
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setOpacity(0.75)
    ratio = painter.device().devicePixelRatioF()
    for start, end in (
        ((_LETTER_ROOM, y), (x - _GAP, y)),
        ((x + _GAP, y), (width - _LETTER_ROOM, y)),
        ((x, _LETTER_ROOM), (x, y - _GAP)),
        ((x, y + _GAP), (x, height - _LETTER_ROOM)),
    ):
        if start[0] < end[0] or start[1] < end[1]:
            corners = np.floor(np.array([start, end]) * ratio)
            (left, top), (wide, high) = corners[0] / ratio, (np.ptp(corners, axis=0) + 1) / ratio
            painter.fillRect(QRectF(left, top, wide, high), ACCENT)
    painter.restore()


def slice_image(picture: Slice, width: int, height: int, ratio: float = 1.0) -> QImage:
    """The same painting as a picture, for the clipboard and for files."""
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    paint_slice(painter, picture, (width, height))
    painter.end()
    return image


def paint_empty(painter: QPainter, text: str, size: Size) -> None:
    """A pane that has nothing to show yet."""
    painter.fillRect(QRectF(0, 0, *size), BACKGROUND)
    if text:
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        paint_note(painter, text, size, Qt.AlignmentFlag.AlignCenter)
