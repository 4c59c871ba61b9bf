"""The panes of a layout as one picture, without a window: the same painting, the badge in the pixels."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.render.palette import EDGE
from app.render.slice_painter import paint_slice
from app.render.volume_painter import paint_volume
from app.state.comparing import Comparing, see
from app.state.depth import in_depth
from app.state.layout import Cell, arrange
from app.state.mixed import Blend
from app.state.slicing import Size
from app.state.study import Entry, Study
from app.state.viewer import Layout, Plane, Viewer
from engine.files import Scan

_GAP = 2


def picture(
    scans: list[Scan],
    layout: Literal["four-up", "compare"],
    at: tuple[float, float, float] | None,
    size: tuple[int, int] = (1600, 1000),
    blend: Blend = Blend.SIDE,
) -> QImage:
    """Draw scans as the window would; needs a QGuiApplication, which may be offscreen.

    layout: "four-up" shows the first scan, "compare" the first beside the last
    at:     crosshair, world mm; None: the middle of the first scan
    blend:  how the last scan comes into the picture of the first
    """
    study = Study()
    for scan in scans:
        study.add(Entry.of(scan))
    study.selected = study.entries[0]
    study.compared = (study.entries[0], study.entries[-1])
    viewer = Viewer(layout=Layout(layout))
    viewer.look_at(study.selected.scan.volume)
    if at is not None:
        viewer.crosshair = at
    return sheet(viewer, study, size, Comparing(blend))


def sheet(viewer: Viewer, study: Study, size: tuple[int, int], comparing: Comparing | None = None) -> QImage:
    """All panes of the layout as they stand."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(EDGE)
    comparing = comparing or Comparing()
    painter = QPainter(image)
    cells = arrange(viewer, study, comparing.blend)
    rows, columns = 1 + max(cell.row for cell in cells), 1 + max(cell.column for cell in cells)
    width, height = (size[0] - _GAP * (columns - 1)) / columns, (size[1] - _GAP * (rows - 1)) / rows
    for cell in cells:
        painter.save()
        painter.translate(cell.column * (width + _GAP), cell.row * (height + _GAP))
        painter.setClipRect(QRectF(0, 0, width, height))
        _paint(painter, viewer, cell, comparing, (width, height))
        painter.restore()
    painter.end()
    return image


def _paint(painter: QPainter, viewer: Viewer, cell: Cell, comparing: Comparing, size: Size) -> None:
    if isinstance(cell.view, Plane):
        paint_slice(painter, see(viewer, cell, comparing), size)
        return
    from app.render.volume_scene import VolumeScene  # VTK only where 3-D is drawn: half a second

    scene = VolumeScene()
    depth = in_depth(viewer, cell.entry)
    scene.show(depth)
    paint_volume(painter, scene.picture(round(size[0]), round(size[1])), depth, scene.facing(), size)
    scene.close()
