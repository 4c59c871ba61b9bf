"""The left button on measures: draws them in the measuring modes, takes hold of what is drawn in every mode."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

from app.state import measuring
from app.state.grips import Grip, drawn, grip_at, pulled
from app.state.measuring import Measure
from app.state.slicing import Size, Slice
from app.state.viewer import Point, Viewer

CLICK_TRAVEL = 4.0
"""Pixels; less is a click, more draws."""


@dataclass
class _Held:
    """Where everything stood when the button went down; grip: None where a new measure begins."""

    picture: Slice
    size: Size
    begun: QPointF
    start: Point
    grip: Grip | None
    measures: tuple[Measure, ...]
    now: Measure | None = None


class MeasuringHand:
    """Says of every event whether it was its own."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._held: _Held | None = None

    def press(self, picture: Slice, position: QPointF, size: Size) -> bool:
        """The left button goes down on a measure, or where one may begin."""
        x, y = position.x(), position.y()
        grip = grip_at(picture, x, y, size) if picture.annotations else None
        if grip is None and (picture.index is None or not self._viewer.left_button.measures):
            self._viewer.chosen = None
            return False
        self._held = _Held(picture, size, position, picture.ras_at(x, y, size), grip, self._viewer.measures)
        if grip is not None:
            self._held.now = self._viewer.chosen = grip.measure
        return True

    def move(self, position: QPointF) -> bool:
        """The measure follows."""
        held = self._held
        if held is None:
            return False
        if held.now is None and (position - held.begun).manhattanLength() < CLICK_TRAVEL:
            return True
        point = held.picture.ras_at(position.x(), position.y(), held.size)
        if held.grip is None:
            changed = drawn(self._viewer.left_button, held.picture, held.start, point)
        else:
            changed = pulled(held.grip, held.start, point)
        measuring.draw(self._viewer, changed, instead_of=held.now)
        held.now = changed
        return True

    def release(self) -> bool:
        """The button goes up; False where it was only a click beside all measures."""
        held, self._held = self._held, None
        return held is not None and held.now is not None

    def cancel(self) -> bool:
        """Put the measures back to where the drag began; whether there was one."""
        held, self._held = self._held, None
        if held is None:
            return False
        self._viewer.measures, self._viewer.chosen = held.measures, held.grip.measure if held.grip else None
        return True

    def leave(self) -> bool:
        """Leave the measuring mode; whether it was one."""
        measured = self._viewer.left_button.measures
        if measured:
            self._viewer.left_button = self._viewer.mouse.left_button
        return measured
