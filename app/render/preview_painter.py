"""A result that is still being made: one axial slice with its sides, the word preview, and the badge."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from app.render.badge import paint_badge
from app.render.palette import SYNTHETIC, TEXT
from app.render.slice_painter import paint_slice
from app.state.slicing import Size, Slice, resolve
from app.state.study import Entry
from app.state.viewer import Field, Plane, Viewer
from engine.files import Scan
from engine.preview import Preview

_EDGE = 6.0


def preview_slice(preview: Preview, source: Scan, radiological: bool) -> Slice:
    """The picture of a preview: synthetic by nature, shown as the panes would show it."""
    scan = replace(source, volume=preview.volume, modality=preview.target, synthetic=True)
    middle = preview.volume.centre
    viewer = Viewer(
        crosshair=(float(middle[0]), float(middle[1]), float(middle[2])),
        field=Field.of(preview.volume),
        radiological=radiological,
        show_crosshair=False,
        annotations=False,
    )
    return resolve(viewer, Entry.of(scan), Plane.AXIAL)


def paint_preview(painter: QPainter, picture: Slice, size: Size) -> None:
    """Draw it into a pane of this size (device-independent pixels)."""
    paint_slice(painter, replace(picture, badge=None), size)
    _paint_words(painter, picture, size)
    if picture.badge is not None:
        paint_badge(painter, picture.badge, *size)


def _paint_words(painter: QPainter, picture: Slice, size: Size) -> None:
    font = QFont(painter.font())
    font.setPixelSize(12)
    painter.setFont(font)
    room = QRectF(_EDGE, 0, size[0] - 2 * _EDGE, size[1] - _EDGE)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(TEXT)
    if picture.letters is not None:
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignLeft), picture.letters.left)
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignRight), picture.letters.right)
    painter.setPen(SYNTHETIC)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom), "preview, not finished")
