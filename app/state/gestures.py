"""What the hand does to the state: a drag, a click, a turn of the wheel. Pure: pixels in, fields changed."""

from __future__ import annotations

import numpy as np

from app.state.slicing import Size, Slice, neighbour
from app.state.study import Entry
from app.state.viewer import Framing, Point, Viewer, zoomed
from app.state.window_level import WindowLevel, dragged, spread

_ZOOM_A_PIXEL = 1.006


def point(viewer: Viewer, picture: Slice, x: float, y: float, size: Size) -> None:
    """Crosshair to the pixel."""
    viewer.crosshair = picture.ras_at(x, y, size)


def scroll(viewer: Viewer, picture: Slice, steps: float) -> None:
    """So many slices to the right, the front or the top: of the scan whose grid is seen, whatever is mixed into it."""
    viewer.crosshair = neighbour(viewer, picture.scan.volume, picture.plane, steps)


def gain(entry: Entry, size: Size) -> float:
    """Intensities a pixel of a window/level drag: the short side of the pane runs through all of the data."""
    return spread(entry.scan.volume.data) / min(size)


def window(entry: Entry, start: WindowLevel, right: float, up: float, gain: float) -> None:
    """Window and level after a drag from where they were `start`; right is wider, up is brighter."""
    entry.window_level = dragged(start, right, up, gain)


def pan(viewer: Viewer, start: Framing, picture: Slice, right: float, down: float, size: Size) -> None:
    """The picture follows the hand."""
    moved = np.array(picture.moved(right, down, size))
    shift = np.array(start.shift) - moved
    viewer.frame(picture.plane, Framing(start.zoom, (float(shift[0]), float(shift[1]), float(shift[2]))))


def zoom(viewer: Viewer, start: Framing, picture: Slice, up: float) -> None:
    """Closer by dragging up, about the pane's middle."""
    viewer.frame(picture.plane, zoomed(start, _ZOOM_A_PIXEL**up, picture.focus_ras(), at=None))


def zoom_at(viewer: Viewer, picture: Slice, factor: float, at: Point) -> None:
    """Closer by a factor; the world point `at` stays under the pointer."""
    viewer.frame(picture.plane, zoomed(picture.framing, factor, picture.focus_ras(), at))
