"""Words and marks over a slice that the reader may hide: letters, title, slice, window, scale bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen

from app.render.badge import badge_height
from app.render.color_bar import paint_color_bar
from app.render.lettering import OUTLINE, draw, number, sized
from app.render.palette import QUIET, TEXT, WARNING
from app.state.mixed import Blend
from app.state.readout import side_mm, signed
from app.state.slicing import Size, Slice
from app.state.window_level import WindowLevel

_EDGE = 8.0
_TEXT_PIXELS = 12
_LETTER_PIXELS = 15
ROOMY = (270.0, 210.0)
"""A pane narrower or lower than this keeps plane, contrast, letters and scale; numbers would run into them."""
_CORNER = 40.0
"""Pixels that the two lines at the upper right take."""
_SCALED = {False: "real: 0.5 to 99.5 % is 0 to 1", True: "synthetic: 0 to 1000 is 0 to 1"}
"""How intensities become comparable."""
_KIND, _FILE = 0.4, 0.26
"""Of the pane's width, for the lines at the upper left: a name that is longer would lie on the brain."""
_BARS = (100, 50, 20, 10, 5, 2, 1)
"""Lengths of the scale bar, mm."""


def paint_annotations(painter: QPainter, picture: Slice, size: Size) -> None:
    """Everything that tells what, where and how large."""
    top = 0.0 if picture.badge is None else badge_height(painter, picture.badge, size[0])
    painter.save()
    _paint_corners(painter, picture, size, top)
    _paint_letters(painter, picture, size, top)
    if picture.index is not None:
        _paint_bar(painter, picture, size)
        paint_color_bar(painter, picture, size, top + _CORNER)
    painter.restore()


def title_lines(painter: QPainter, view: str, title: str, width: float) -> str:
    """View, contrast and name, one below the other, none as far as the brain. width: of the pane"""
    metrics, middle = painter.fontMetrics(), Qt.TextElideMode.ElideMiddle
    lines = zip((view, *title.split(" · ", 1)), (_KIND, _KIND, _FILE), strict=False)
    return "\n".join(metrics.elidedText(line, middle, int(share * width)) for line, share in lines)


def paint_note(
    painter: QPainter,
    text: str,
    size: Size,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:
    """A quiet sentence in an otherwise empty pane."""
    painter.save()
    painter.setFont(sized(painter, _TEXT_PIXELS + 1))
    painter.setPen(QUIET)
    room = QRectF(2 * _EDGE, 2 * _EDGE, size[0] - 4 * _EDGE, size[1] - 4 * _EDGE)
    painter.drawText(room, int(align | Qt.TextFlag.TextWordWrap), text)
    painter.restore()


def _paint_corners(painter: QPainter, picture: Slice, size: Size, top: float) -> None:
    painter.setFont(sized(painter, _TEXT_PIXELS))
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    up, down = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
    room = QRectF(_EDGE, top + _EDGE - 2, size[0] - 2 * _EDGE, size[1] - top - 2 * _EDGE + 4)
    roomy = size[0] >= ROOMY[0] and size[1] >= ROOMY[1]
    title = picture.title if roomy else picture.title.split(" · ")[0]
    draw(painter, room, left | up, title_lines(painter, picture.plane.label, title, size[0]), TEXT)
    if roomy and picture.index is not None:
        draw(painter, room, right | up, _where(picture), QUIET)
    if roomy:
        draw(painter, room, left | down, _windows(painter, picture, size[0] / 2 - _EDGE - _LETTER_PIXELS), QUIET)
    if picture.letters is None:
        draw(painter, room, Qt.AlignmentFlag.AlignHCenter | down, "orientation unknown", WARNING)


def _paint_letters(painter: QPainter, picture: Slice, size: Size, top: float) -> None:
    if picture.letters is None:
        return
    painter.setFont(sized(painter, _LETTER_PIXELS, QFont.Weight.DemiBold))
    sides = QRectF(_EDGE, 0, size[0] - 2 * _EDGE, size[1])
    room = QRectF(_EDGE, top + _EDGE - 3, size[0] - 2 * _EDGE, size[1] - top - 2 * _EDGE + 6)
    middle, across = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignHCenter
    draw(painter, sides, middle | Qt.AlignmentFlag.AlignLeft, picture.letters.left, TEXT)
    draw(painter, sides, middle | Qt.AlignmentFlag.AlignRight, picture.letters.right, TEXT)
    draw(painter, room, across | Qt.AlignmentFlag.AlignTop, picture.letters.top, TEXT)
    draw(painter, room, across | Qt.AlignmentFlag.AlignBottom, picture.letters.bottom, TEXT)


def _paint_bar(painter: QPainter, picture: Slice, size: Size) -> None:
    """The longest round length that fits a fifth of the pane, at the bottom right."""
    scale = picture.scale(size)
    length = next((mm for mm in _BARS if mm * scale <= size[0] / 5), _BARS[-1])
    x, y = size[0] - _EDGE - length * scale, size[1] - _EDGE - 2
    for pen in (QPen(OUTLINE, 3.5), QPen(QUIET, 1.5)):
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y), QPointF(x + length * scale, y))
        for end in (x, x + length * scale):
            painter.drawLine(QPointF(end, y - 3), QPointF(end, y + 3))
    painter.setFont(sized(painter, _TEXT_PIXELS - 1))
    room = QRectF(x - 60, y - 20, length * scale + 60, 16)
    draw(painter, room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{length} mm", QUIET)


def _where(picture: Slice) -> str:
    """Slice number, and how far to which side of the world's origin the plane lies."""
    place = side_mm(picture.plane.value, picture.position) if picture.letters else signed(picture.position)
    return f"{(picture.index or 0) + 1}/{picture.count}\n{place} mm"


def _windows(painter: QPainter, picture: Slice, room: float) -> str:
    """Which intensities are black and white; of two scans in one picture, whose. room: pixels left of the letter"""
    mixed, metrics, end = picture.mixed, painter.fontMetrics(), Qt.TextElideMode.ElideRight
    if mixed is None or mixed.blend is Blend.FLICKER:
        return _window(picture.window_level)
    if mixed.blend is Blend.DIFFERENCE:
        scans = dict.fromkeys(scan.synthetic for scan in (picture.scan, mixed.scan))
        return "\n".join(metrics.elidedText(_SCALED[synthetic], end, int(room)) for synthetic in scans)
    shown = [f"  {_window(one)}" for one in (picture.window_level, mixed.window_level)]
    rooms = [int(max(room - metrics.horizontalAdvance(one), 0)) for one in shown]
    names = [metrics.elidedText(name, end, left) for name, left in zip(mixed.names, rooms, strict=True)]
    return "\n".join(f"{name}{one}" for name, one in zip(names, shown, strict=True))


def _window(shown: WindowLevel) -> str:
    return f"W {number(shown.window)}  L {number(shown.level)}"
