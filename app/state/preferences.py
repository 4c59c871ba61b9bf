"""What the program remembers from one day to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

from app.state.depth import Look
from app.state.viewer import Layout, Mouse, Viewer
from engine.synthesis import Mode

_OF_THE_VIEWER = (
    "mouse", "radiological", "interpolate", "up_is_brighter", "list_shown", "panel_shown",
    "show_crosshair", "look", "planes_in_depth",
)  # fmt: skip
"""Not the annotations: nobody begins a day without the letters of left and right."""


@dataclass
class Preferences:
    """Every field is plain text, a truth, an `Enum` or a tuple of texts, so that it can be written down as it is.

    mouse:       which preset
    layout:      the last one; only: the view that stood alone in it, "" where none did
    mode:        of synthesis; None: what the model does by default
    geometry:    of the window, as Qt tells it (base64)
    widths:      of the columns at the left and at the right, pixels
    folder:      where a dialog looks first
    recent:      paths of scans opened before, the latest first
    notice_seen: "research use only" has been read
    model:       name of the one to synthesize with, "" for the one that ships
    """

    mouse: Mouse = Mouse.RADIOLOGY
    layout: Layout = Layout.FOUR_UP
    only: str = ""
    radiological: bool = True
    interpolate: bool = True
    up_is_brighter: bool = True
    show_crosshair: bool = True
    look: Look = Look.SURFACE
    planes_in_depth: bool = False
    mode: Mode | None = None
    list_shown: bool = True
    panel_shown: bool = True
    geometry: str = ""
    widths: str = ""
    folder: str = ""
    recent: tuple[str, ...] = ()
    notice_seen: bool = False
    model: str = ""
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def follow(self, viewer: Viewer) -> None:
        """Give the viewer what was remembered, and remember from now on what the reader makes of it."""
        for field in _OF_THE_VIEWER:
            setattr(viewer, field, getattr(self, field))
            getattr(viewer.events, field).connect(self._noting(field))
        viewer.take(self.mouse)

    def _noting(self, field: str) -> Any:
        return lambda value: setattr(self, field, value)
