"""From intensities to pixels, and from pixels to their place in the pane."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter, QTransform

from app.render.colormaps import words
from app.state.colormap import Colormap
from app.state.slicing import Size, Slice
from app.state.window_level import WindowLevel, to_grey
from engine.volume import Array


def layer(pixels: Array, shown: WindowLevel, colormap: Colormap, fading: bool = False) -> QImage:
    """(rows, columns) of intensities in colours; what is not a number is transparent, in grey maps black.

    fading: the lower, the more transparent
    """
    grey = np.ascontiguousarray(to_grey(pixels, shown))
    rows, columns = grey.shape
    missing = np.isnan(pixels) if pixels.dtype.kind == "f" else None
    if colormap is Colormap.GREY and not fading and (missing is None or not missing.any()):
        plain = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
        return plain.convertToFormat(QImage.Format.Format_RGB32)  # is drawn twice as fast as grey
    colours = words(colormap)[grey]
    if fading:
        colours = colours & np.uint32(0xFFFFFF) | grey.astype(np.uint32) << 24
    if missing is not None:
        colours[missing] = 0
    return QImage(colours.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32).copy()


def paint_layer(painter: QPainter, picture: Slice, image: QImage, size: Size) -> None:
    """Draw an image with one pixel for each of the picture's."""
    (a, b, dx), (c, d, dy) = picture.to_pane(size)
    painter.save()
    painter.setTransform(QTransform(a, c, b, d, dx, dy), combine=True)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.interpolate)
    painter.drawImage(QPointF(-0.5, -0.5), image)
    painter.restore()
