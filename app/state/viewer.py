"""How the reader looks: layout, crosshair, zoom and pan, conventions. The same for every scan on screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import numpy as np
from psygnal import SignalGroupDescriptor

from app.state.depth import Cut, Look
from engine.volume import Array, Volume

if TYPE_CHECKING:
    from app.state.measuring import Measure

Point = tuple[float, float, float]
"""World mm, RAS+."""


class Plane(Enum):
    """A viewing plane; the value is the world axis that it looks along."""

    SAGITTAL = 0
    CORONAL = 1
    AXIAL = 2

    @property
    def label(self) -> str:
        """The name at the top of a pane."""
        return self.name.capitalize()


Whole = Literal["volume"]
"""What a pane shows of a scan as a whole: the volume in 3-D."""

View = Plane | Whole
"""What one pane shows of a scan."""

VIEWS: tuple[View, ...] = (*Plane, *get_args(Whole))


class Layout(Enum):
    """What the panes hold."""

    FOUR_UP = "four-up"
    COMPARE = "compare"


class LeftButton(Enum):
    """What dragging with the left button does."""

    WINDOW = "window/level"
    CROSSHAIR = "crosshair"
    DISTANCE = "distance"
    ELLIPSE = "ellipse"

    @property
    def measures(self) -> bool:
        """Whether dragging draws a measure."""
        return self in (LeftButton.DISTANCE, LeftButton.ELLIPSE)

    @property
    def with_shift(self) -> LeftButton:
        """What the same drag does with Shift held: the other of the two."""
        return LeftButton.CROSSHAIR if self is LeftButton.WINDOW else LeftButton.WINDOW


class Mouse(Enum):
    """A preset of the mouse: what the left button does until the reader says otherwise."""

    RADIOLOGY = "radiology"
    RESEARCH = "research"

    @property
    def left_button(self) -> LeftButton:
        """Radiologists' viewers window with the left button; ITK-SNAP and FSLeyes move the crosshair."""
        return LeftButton.WINDOW if self is Mouse.RADIOLOGY else LeftButton.CROSSHAIR


@dataclass(frozen=True)
class Framing:
    """What part of the field fills a pane: zoom 1 fits it; shift moves the middle, in world mm."""

    zoom: float = 1.0
    shift: Point = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Field:
    """The box in the world that a pane fits at zoom 1.

    centre: its middle, mm
    extent: its sides along R, A and S, mm
    """

    centre: Point
    extent: Point

    @classmethod
    def of(cls, volume: Volume) -> Field:
        """The box around what is brighter than a tenth of the bright tissue, with a margin."""
        low, high = bright_box(volume.data)
        corners = np.array(
            [[(low, high)[i][0], (low, high)[j][1], (low, high)[k][2]] for i, j, k in np.ndindex(2, 2, 2)]
        )
        world = volume.ras(corners)
        middle, sides = (world.max(axis=0) + world.min(axis=0)) / 2, world.max(axis=0) - world.min(axis=0)
        return cls(_point(middle), _point(sides * 1.12 + 4 * volume.spacing.min()))

    def resembles(self, other: Field) -> bool:
        """Whether going from one to the other would only make the picture jump a little."""
        apart = np.abs(np.subtract(self.centre, other.centre))
        ratio = np.divide(other.extent, self.extent)
        return bool((apart < 0.1 * np.array(self.extent)).all() and (np.abs(np.log(ratio)) < 0.2).all())


@dataclass
class Viewer:
    """How the reader looks at the study.

    only:      one view instead of all that the layout holds
    crosshair: the shared point, world mm
    field:     what zoom 1 shows
    framing:   of each plane, in the order of `Plane`'s values
    mouse:     the preset of the mouse; choosing one sets the left button
    list_shown, panel_shown: the study list at the left, the synthesis panel at the right
    up_is_brighter: dragging up makes the picture brighter, as on most workstations
    look:      of the volume in 3-D; cut: along what its clip plane lies, None: not cut
    measures:  what the reader has drawn; chosen: the one that Delete means
    """

    layout: Layout = Layout.FOUR_UP
    only: View | None = None
    crosshair: Point = (0.0, 0.0, 0.0)
    field: Field | None = None
    framing: tuple[Framing, Framing, Framing] = (Framing(), Framing(), Framing())
    radiological: bool = True
    interpolate: bool = True
    show_crosshair: bool = True
    annotations: bool = True
    mouse: Mouse = Mouse.RADIOLOGY
    left_button: LeftButton = LeftButton.WINDOW
    up_is_brighter: bool = True
    list_shown: bool = True
    panel_shown: bool = True
    look: Look = Look.SURFACE
    cut: Cut | None = None
    cut_flipped: bool = False
    planes_in_depth: bool = False
    measures: tuple[Measure, ...] = ()
    chosen: Measure | None = None
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def take(self, mouse: Mouse) -> None:
        """Use this preset of the mouse."""
        self.mouse, self.left_button = mouse, mouse.left_button

    def frame(self, plane: Plane, framing: Framing) -> None:
        """Show another part of the field in every pane of this plane."""
        frames = list(self.framing)
        frames[plane.value] = framing
        self.framing = (frames[0], frames[1], frames[2])

    def look_at(self, volume: Volume) -> None:
        """Fit this volume; keep crosshair and field where they are if it shows the same head in the same place."""
        new = Field.of(volume)
        if self.field is None or volume.intensity(self.crosshair) is None:
            self.crosshair = new.centre
        if self.field is None or not self.field.resembles(new):
            self.field = new

    def reset(self) -> None:
        """Zoom 1, nothing shifted, crosshair in the middle."""
        self.framing = (Framing(), Framing(), Framing())
        if self.field is not None:
            self.crosshair = self.field.centre


def zoomed(framing: Framing, factor: float, focus: Point, at: Point | None) -> Framing:
    """Closer by a factor, holding the world point `at` where it is; focus: world point in the pane's middle."""
    zoom = min(max(framing.zoom * factor, 0.2), 40.0)
    if at is None:
        return replace(framing, zoom=zoom)
    held = 1 - framing.zoom / zoom
    return Framing(zoom, _point(np.array(framing.shift) + held * (np.array(at) - np.array(focus))))


def bright_box(data: Array) -> tuple[Array, Array]:
    """First and last voxel (i, j, k) of what is brighter than a tenth of the bright tissue."""
    stride = max(1, min(data.shape) // 48)
    sample = data[::stride, ::stride, ::stride]
    finite = np.nan_to_num(sample) if sample.dtype.kind == "f" else sample
    bright = finite > 0.1 * float(np.percentile(finite, 99))
    last = np.array(data.shape) - 1
    if not bright.any():
        return np.zeros(3, int), last
    where = [np.flatnonzero(bright.any(axis=other)) * stride for other in ((1, 2), (0, 2), (0, 1))]
    return np.array([hits[0] for hits in where]), np.minimum([hits[-1] for hits in where], last)


def _point(values: Array) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
