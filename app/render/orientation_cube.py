"""A small cube with the patient's sides on its faces, turned like the head. Drawn from the camera, each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF, QTransform

from app.render.palette import QUIET, TEXT
from app.state.depth import SIDES, Facing
from app.state.viewer import Point

_UPWARDS = {"R": (0, 0, 1), "L": (0, 0, 1), "A": (0, 0, 1), "P": (0, 0, 1), "S": (0, 1, 0), "I": (0, 1, 0)}
"""Which way is up for the letter on a face."""

_BRIGHT, _DARK = 74, 30


@dataclass(frozen=True)
class Face:
    """A face that the viewer sees, in halves of the cube's edge, y downwards.

    middle:      of the face
    right, up:   along its letter
    towards:     how much it faces the viewer, 0 to 1
    """

    letter: str
    middle: tuple[float, float]
    right: tuple[float, float]
    up: tuple[float, float]
    towards: float


def faces(facing: Facing) -> list[Face]:
    """The faces in sight."""
    seen = []
    for letter, outwards in SIDES:
        x, y, nearer = facing.on_screen(outwards)
        if nearer > 1e-3:
            up = _UPWARDS[letter]
            right = np.cross(up, outwards).tolist()
            seen.append(Face(letter, (x, -y), _flat(facing, right), _flat(facing, up), nearer))
    return seen


def paint_cube(painter: QPainter, facing: Facing, middle: QPointF, edge: float) -> None:
    """The cube about a point of the pane, its edges so many pixels long."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPixelSize(100)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    for face in faces(facing):
        _paint_face(painter, face, middle, edge / 2)
    painter.restore()


def _paint_face(painter: QPainter, face: Face, middle: QPointF, half: float) -> None:
    centre = middle + QPointF(*face.middle) * half
    right, up = QPointF(*face.right) * half, QPointF(*face.up) * half
    shade = round(_DARK + (_BRIGHT - _DARK) * face.towards)
    painter.setPen(QPen(QUIET, 1.0))
    painter.setBrush(QColor(shade, shade + 6, shade + 9))
    painter.drawPolygon(QPolygonF([centre + right + up, centre - right + up, centre - right - up, centre + right - up]))
    if face.towards < 0.2:
        return
    painter.save()
    painter.setTransform(
        QTransform(right.x() / 80, right.y() / 80, -up.x() / 80, -up.y() / 80, centre.x(), centre.y()), combine=True
    )
    painter.setPen(TEXT if face.towards > 0.5 else QUIET)
    painter.drawText(QRectF(-80, -80, 160, 160), int(Qt.AlignmentFlag.AlignCenter), face.letter)
    painter.restore()


def _flat(facing: Facing, direction: Point) -> tuple[float, float]:
    x, y, _ = facing.on_screen(direction)
    return x, -y
