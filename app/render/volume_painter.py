"""Paints the 3-D picture with its name, its letters and, last, the badge."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter

from app.render.annotations import title_lines
from app.render.badge import badge_height, paint_badge
from app.render.lettering import draw, sized
from app.render.orientation_cube import paint_cube
from app.render.palette import BACKGROUND, QUIET, TEXT, WARNING
from app.state.depth import Depth, Facing, said
from app.state.slicing import Size, sides

_CUBE = 30.0
"""Pixels along the cube's edge."""

_SMALL = 190.0
"""Panes narrower or lower than this have no room for the cube."""


def paint_volume(painter: QPainter, image: QImage, depth: Depth, facing: Facing | None, size: Size) -> None:
    """Draw the picture of a volume into a pane of this size (device-independent pixels).

    facing: how the camera stood for this picture; None: nothing is drawn yet
    """
    width, height = size
    painter.fillRect(QRectF(0, 0, width, height), BACKGROUND)
    painter.drawImage(QRectF(0, 0, width, height), image)
    if depth.annotations:
        top = 0.0 if depth.badge is None else badge_height(painter, depth.badge, width)
        painter.save()
        _paint_words(painter, depth, size, top)
        if facing is not None and depth.scan.volume.oriented:
            _paint_orientation(painter, facing, size, top)
        painter.restore()
    if depth.badge is not None:
        paint_badge(painter, depth.badge, width, height)


def _paint_words(painter: QPainter, depth: Depth, size: Size, top: float) -> None:
    painter.setFont(sized(painter, 12))
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    up, down = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
    room = QRectF(8, top + 6, size[0] - 16, size[1] - top - 12)
    draw(painter, room, left | up, title_lines(painter, "3-D", depth.title, size[0]), TEXT)
    draw(painter, room, right | down, said(depth), QUIET)
    if not depth.scan.volume.oriented:
        draw(painter, room, Qt.AlignmentFlag.AlignHCenter | down, "orientation unknown", WARNING)


def _paint_orientation(painter: QPainter, facing: Facing, size: Size, top: float) -> None:
    painter.setFont(sized(painter, 15, QFont.Weight.DemiBold))
    seen = sides(np.array(facing.right), -np.array(facing.up))
    across, middle = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignVCenter
    room = QRectF(8, top + 5, size[0] - 16, size[1] - top - 10)
    draw(painter, room, middle | Qt.AlignmentFlag.AlignLeft, seen.left, TEXT)
    draw(painter, room, middle | Qt.AlignmentFlag.AlignRight, seen.right, TEXT)
    draw(painter, room, across | Qt.AlignmentFlag.AlignTop, seen.top, TEXT)
    draw(painter, room, across | Qt.AlignmentFlag.AlignBottom, seen.bottom, TEXT)
    if min(size) >= _SMALL:
        paint_cube(painter, facing, QPointF(12 + _CUBE, size[1] - 12 - _CUBE), _CUBE)
