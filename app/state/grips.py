"""Taking a measure by hand: what of it lies under a pixel, and what pulling there makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np

from app.state.frame import Frame
from app.state.measuring import Distance, Measure, Region
from app.state.region import Ellipse
from app.state.slicing import Size, Slice
from app.state.viewer import LeftButton, Point
from engine.volume import Floats

_END, _LINE = 8.0, 5.0
"""Pixels from an end, and from the line, that still take it."""

_OUTLINE = np.linspace(0, 2 * np.pi, 73)


class Part(Enum):
    """What of a measure is held; the ends in the order of `handles`."""

    START = 0
    END = 1
    THIRD = 2
    FOURTH = 3
    ALL = auto()


@dataclass(frozen=True)
class Grip:
    """A part of a measure in the hand."""

    measure: Measure
    part: Part


def handles(measure: Measure) -> Floats:
    """(n, 3) the points that can be pulled, world mm."""
    if isinstance(measure, Distance):
        return np.array([measure.start, measure.end])
    return measure.ellipse.ends


def outline(measure: Measure) -> Floats:
    """(n, 3) the points that its line runs through, world mm."""
    if isinstance(measure, Distance):
        return np.array([measure.start, measure.end])
    ellipse = measure.ellipse
    turn = _OUTLINE[:, None]
    return np.array(ellipse.centre) + np.cos(turn) * ellipse.along + np.sin(turn) * ellipse.across


def grip_at(picture: Slice, x: float, y: float, size: Size) -> Grip | None:
    """What the pixel takes hold of: an end before a line, what was drawn last before the older."""
    found: Grip | None = None
    for mark in picture.marks:
        ends, line = (_pixels(picture, points, size) for points in (handles(mark.measure), outline(mark.measure)))
        apart = np.linalg.norm(ends - (x, y), axis=1)
        if apart.min() <= _END:
            found = Grip(mark.measure, Part(int(apart.argmin())))
        elif _away(line, np.array([x, y])) <= _LINE and (found is None or found.part is Part.ALL):
            found = Grip(mark.measure, Part.ALL)
    return found


def drawn(button: LeftButton, picture: Slice, start: Point, end: Point) -> Measure:
    """A new measure from one world point to another; an ellipse fills the box between them."""
    frame = Frame.of(picture.scan)
    if button is LeftButton.DISTANCE:
        return Distance(picture.plane, start, end, frame)
    across = np.subtract(end, start)
    half = [_point((across @ side) / 2 * side) for side in (picture.plate.right, picture.plate.down)]
    return Region(picture.plane, Ellipse(_point(np.add(start, across / 2)), half[0], half[1]), frame)


def pulled(grip: Grip, begun: Point, now: Point) -> Measure:
    """The measure once the hand has gone from one world point to another."""
    way = np.subtract(now, begun)
    measure, part = grip.measure, grip.part
    if isinstance(measure, Distance):
        start, end = _point(np.add(measure.start, way)), _point(np.add(measure.end, way))
        if part is Part.START:
            return replace(measure, start=start)
        return replace(measure, end=end) if part is Part.END else replace(measure, start=start, end=end)
    if part is Part.ALL:
        return replace(measure, ellipse=replace(measure.ellipse, centre=_point(np.add(measure.ellipse.centre, way))))
    return replace(measure, ellipse=_stretched(measure.ellipse, part.value, way))


def _stretched(ellipse: Ellipse, end: int, way: Floats) -> Ellipse:
    """One end of an axis moves along it; the other stays."""
    name = "along" if end < 2 else "across"
    axis = np.array(getattr(ellipse, name)) * (1 if end % 2 == 0 else -1)
    length = float(np.linalg.norm(axis)) or 1.0
    grown = axis / length * max(float(way @ axis) / length / 2, 0.05 - length)
    centre = _point(np.add(ellipse.centre, grown))
    return replace(ellipse, centre=centre, **{name: _point((axis + grown) * (1 if end % 2 == 0 else -1))})


def _pixels(picture: Slice, points: Floats, size: Size) -> Floats:
    return np.array([picture.pixel_of(_point(point), size) for point in points])


def _away(line: Floats, pixel: Floats) -> float:
    """Pixels from a line through points."""
    start, way = line[:-1], np.diff(line, axis=0)
    share = np.sum((pixel - start) * way, axis=1) / np.maximum(np.sum(way * way, axis=1), 1e-12)
    nearest = start + np.clip(share, 0, 1)[:, None] * way
    return float(np.linalg.norm(nearest - pixel, axis=1).min())


def _point(values: Floats) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
