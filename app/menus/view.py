"""How the scan is looked at."""

from __future__ import annotations

from app.menus.action import Action, choose, toggle
from app.state.viewer import Layout, LeftButton, Mouse, Plane

_FOUR = ("layout", Layout.FOUR_UP)
_WINDOW, _CROSSHAIR = ("left_button", LeftButton.WINDOW), ("left_button", LeftButton.CROSSHAIR)
_RADIOLOGY, _RESEARCH = ("mouse", Mouse.RADIOLOGY), ("mouse", Mouse.RESEARCH)

VIEW = (
    Action("four-up", "Four views", "View", ("4",), lambda w: w.viewing.four_up(), "four-up", checked=_FOUR),
    Action("axial", "Axial", "View", ("A",), lambda w: w.viewing.show_only(Plane.AXIAL)),
    Action("sagittal", "Sagittal", "View", ("S",), lambda w: w.viewing.show_only(Plane.SAGITTAL)),
    Action("coronal", "Coronal", "View", ("C",), lambda w: w.viewing.show_only(Plane.CORONAL)),
    Action(
        "crosshair",
        "Crosshair",
        "View",
        ("X",),
        toggle("show_crosshair"),
        "crosshair",
        checked=("show_crosshair", True),
        ruled=True,
    ),
    Action("annotations", "Annotations", "View", ("Shift+X",), toggle("annotations"), checked=("annotations", True)),
    Action("interpolate", "Interpolation", "View", ("I",), toggle("interpolate"), checked=("interpolate", True)),
    Action(
        "radiological", "Radiological display", "View", ("L",), toggle("radiological"), checked=("radiological", True)
    ),
    Action("reset", "Reset zoom and position", "View", ("R",), lambda w: w.viewing.reset(), "reset", ruled=True),
    Action("auto-window", "Auto window", "View", ("Ctrl+J",), lambda w: w.viewing.auto_window()),
    Action(
        "radiology",
        "Radiology: left drag is window/level",
        "View/Mouse",
        (),
        lambda w: w.viewer.take(Mouse.RADIOLOGY),
        checked=_RADIOLOGY,
    ),
    Action(
        "research",
        "Research: left drag is crosshair",
        "View/Mouse",
        (),
        lambda w: w.viewer.take(Mouse.RESEARCH),
        checked=_RESEARCH,
    ),
    Action(
        "drag-window", "Left drag: window/level", "View/Mouse", ("W",), choose(*_WINDOW), checked=_WINDOW, ruled=True
    ),
    Action("drag-crosshair", "Left drag: crosshair", "View/Mouse", ("H",), choose(*_CROSSHAIR), checked=_CROSSHAIR),
    Action(
        "up-is-brighter",
        "Drag up is brighter",
        "View/Mouse",
        (),
        toggle("up_is_brighter"),
        checked=("up_is_brighter", True),
        ruled=True,
    ),
    Action(
        "study-list",
        "Study list",
        "View",
        ("F7",),
        toggle("list_shown"),
        checked=("list_shown", True),
        ruled=True,
    ),
    Action("synthesis-panel", "Synthesis panel", "View", ("F8",), toggle("panel_shown"), checked=("panel_shown", True)),
    Action("full-screen", "Full screen", "View", ("F11",), lambda w: w.toggle_full_screen()),
)
