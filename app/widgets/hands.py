"""The mouse on a pane: which button, wheel or key does what. One table, which the sheet of bindings shows too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from app.state import gestures
from app.state.history import Begun, History
from app.state.slicing import Size, Slice
from app.state.study import Entry
from app.state.viewer import Framing, LeftButton, Point, Viewer
from app.state.window_level import WindowLevel
from app.widgets.measuring_hand import MeasuringHand

CLICK_TRAVEL = 4.0
"""Pixels; less is a click, more is a drag."""

_NOTCH = 120
"""Eighths of a degree that Qt reports for one notch of a wheel."""

_ZOOM_A_NOTCH = 1.2

_PIXELS_A_SLICE = 14
"""Travel of two fingers on a touch pad that turns one page."""

_DRAGGED = {
    LeftButton.WINDOW: "window and level: right wider, {} brighter",
    LeftButton.CROSSHAIR: "crosshair, in every pane",
    LeftButton.DISTANCE: "distance; Esc leaves",
    LeftButton.ELLIPSE: "ellipse; Esc leaves",
}

BINDINGS = (
    ("M or O, then left drag", "distance or ellipse; Esc leaves"),
    ("Drag a measure, its ends", "move and change it; Delete takes it away"),
    ("Left click", "crosshair, in every pane"),
    ("Shift+move", "live crosshair"),
    ("Wheel, two fingers", "one slice; with Shift five"),
    ("Middle drag", "pan"),
    ("Right drag", "zoom"),
    ("Ctrl+wheel, pinch", "zoom at the pointer"),
    ("Double click", "one plane large, and back"),
    ("Ctrl+double click", "reset window and level"),
    ("Esc", "cancel the drag in progress"),
)
"""What `Hands` does whatever the left button does, in words."""


def bindings_now(viewer: Viewer) -> list[tuple[str, str]]:
    """What the hand does now, the left button first."""
    up = "up" if viewer.up_is_brighter else "down"
    ways = (("Left drag", viewer.left_button), ("Shift+left drag", viewer.left_button.with_shift))
    return [*((how, _DRAGGED[what].format(up)) for how, what in ways), *BINDINGS]


class Pane(Protocol):
    """What a hand needs to know of the pane that it works on."""

    @property
    def picture(self) -> Slice | None: ...

    @property
    def entry(self) -> Entry | None: ...

    @property
    def extent(self) -> Size: ...

    @property
    def pixel(self) -> float: ...


@dataclass(frozen=True)
class _Drag:
    """Where everything stood when the button went down, and what the left button does until it goes up."""

    button: Qt.MouseButton
    does: LeftButton
    begun: QPointF
    picture: Slice
    entry: Entry
    framing: Framing
    window_level: WindowLevel
    crosshair: Point
    gain: float
    steps: tuple[Begun, ...]


class Hands:
    """Turns the events of one pane into changes of the state."""

    def __init__(self, viewer: Viewer, pane: Pane, history: History) -> None:
        self._viewer, self._pane, self._history = viewer, pane, history
        self._measuring = MeasuringHand(viewer)
        self._drag: _Drag | None = None
        self._moved = False
        self._turned = 0.0

    def press(self, event: QMouseEvent) -> None:
        """A button goes down: remember, to measure from here."""
        picture, entry = self._pane.picture, self._pane.entry
        if picture is None or entry is None:
            return
        does = self._viewer.left_button
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            does = does.with_shift
        elif event.button() is Qt.MouseButton.LeftButton:
            self._measuring.press(picture, self._place(event), self._pane.extent)
        start = (picture.framing, entry.window_level, self._viewer.crosshair)
        gain = gestures.gain(entry, self._pane.extent)
        window = self._history.begin("window/level", entry, "window_level")
        steps = (window, self._history.begin("measure", self._viewer, "measures", "chosen"))
        self._drag = _Drag(event.button(), does, self._place(event), picture, entry, *start, gain, steps)
        self._moved = False

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves, with a button down or with Shift."""
        place = self._place(event)
        if self._measuring.move(place):
            return
        if self._drag is None:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._point(place)
            return
        travel = place - self._drag.begun
        self._moved = self._moved or travel.manhattanLength() >= CLICK_TRAVEL
        if self._moved:
            self._pull(self._drag, travel, place)

    def release(self, event: QMouseEvent) -> bool:
        """The button goes up. Whether it was a right click, which asks for the menu."""
        drag, self._drag = self._drag, None
        drawn = self._measuring.release()
        if drag is not None and (drawn or self._moved):
            for step in drag.steps:
                step.end()
        if drawn or drag is None or self._moved:
            return False
        if drag.button is Qt.MouseButton.LeftButton:
            self._point(self._place(event))
        return drag.button is Qt.MouseButton.RightButton

    def cancel(self) -> bool:
        """Put everything back to where the drag began, else leave measuring; whether there was either."""
        return self._put_back() or self._measuring.leave()

    def pinch(self, factor: float, position: QPointF) -> None:
        """Two fingers zoom; what the first one began, for Qt takes it for the left button, is put back."""
        self._put_back()
        self.zoom_at(factor, position)

    def double_click(self, event: QMouseEvent) -> None:
        """One plane large and back; with Ctrl, the window that the scan opened with."""
        picture, entry = self._pane.picture, self._pane.entry
        self._drag = None
        if picture is None or entry is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            with self._history.step("window/level", entry, "window_level"):
                entry.window_level = entry.opened_with
        else:
            with self._history.step("layout", self._viewer, "layout", "only"):
                self._viewer.only = None if self._viewer.only is picture.plane else picture.plane

    def wheel(self, event: QWheelEvent) -> None:
        """Slices, or with Ctrl zoom; small turns of a touch pad add up, and it stops when the fingers do."""
        if event.phase() is Qt.ScrollPhase.ScrollMomentum:
            return
        if event.phase() is Qt.ScrollPhase.ScrollBegin:
            self._turned = 0.0
        notches = _notches(event)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_at(_ZOOM_A_NOTCH**notches, event.position())
            return
        self._turned += notches
        whole = int(self._turned)
        self._turned -= whole
        if whole:
            self.scroll(whole * (5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1))

    def scroll(self, steps: float) -> None:
        """So many slices to the right, the front or the top: of the picture, for the entry may be mixed into it."""
        if self._pane.picture is not None:
            gestures.scroll(self._viewer, self._pane.picture, steps)

    def zoom_at(self, factor: float, position: QPointF) -> None:
        """Closer by a factor, the point under the pointer staying there."""
        picture = self._pane.picture
        if picture is not None:
            at = picture.ras_at(position.x(), position.y(), self._pane.extent)
            gestures.zoom_at(self._viewer, picture, factor, at)

    def _put_back(self) -> bool:
        drag, self._drag = self._drag, None
        if self._measuring.cancel():
            return True
        if drag is None:
            return False
        drag.entry.window_level = drag.window_level
        self._viewer.crosshair = drag.crosshair
        self._viewer.frame(drag.picture.plane, drag.framing)
        return True

    def _place(self, event: QMouseEvent) -> QPointF:
        """The middle of the device pixel under the pointer: Qt tells its corner, which may lie in the next voxel."""
        half = self._pane.pixel / 2
        return event.position() + QPointF(half, half)

    def _point(self, position: QPointF) -> None:
        if self._pane.picture is not None:
            gestures.point(self._viewer, self._pane.picture, position.x(), position.y(), self._pane.extent)

    def _pull(self, drag: _Drag, travel: QPointF, position: QPointF) -> None:
        right, down = travel.x(), travel.y()
        if drag.button is Qt.MouseButton.MiddleButton:
            gestures.pan(self._viewer, drag.framing, drag.picture, right, down, self._pane.extent)
        elif drag.button is Qt.MouseButton.RightButton:
            gestures.zoom(self._viewer, drag.framing, drag.picture, -down)
        elif drag.does is LeftButton.CROSSHAIR:
            self._point(position)
        else:
            brighter = -down if self._viewer.up_is_brighter else down
            gestures.window(drag.entry, drag.window_level, right, brighter, drag.gain)


def _notches(event: QWheelEvent) -> float:
    """Turns of a wheel; a touch pad tells pixels, and with Shift some systems swap the directions."""
    pixels, angle = event.pixelDelta(), event.angleDelta()
    if event.phase() is not Qt.ScrollPhase.NoScrollPhase and not pixels.isNull():
        return (pixels.y() or pixels.x()) / _PIXELS_A_SLICE
    return (angle.y() or angle.x()) / _NOTCH
