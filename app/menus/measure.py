"""Distances, regions and their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.menus.action import Action, Run
from app.state.viewer import LeftButton

if TYPE_CHECKING:
    from app.main_window import MainWindow

_DISTANCE, _ELLIPSE = ("left_button", LeftButton.DISTANCE), ("left_button", LeftButton.ELLIPSE)


def _measure(with_: LeftButton) -> Run:
    """The left button draws this from now on; asked for again, it does what it did before."""
    return lambda window: setattr(
        window.viewer,
        "left_button",
        window.viewer.mouse.left_button if window.viewer.left_button is with_ else with_,
    )


def _any(window: MainWindow) -> bool:
    return bool(window.viewer.measures)


MEASURE = (
    Action("distance", "Distance", "Measure", ("M",), _measure(LeftButton.DISTANCE), "distance", checked=_DISTANCE),
    Action("ellipse", "Ellipse", "Measure", ("O",), _measure(LeftButton.ELLIPSE), "ellipse", checked=_ELLIPSE),
    Action("histogram", "Histogram", "Measure", ("G",), lambda w: w.numbers.toggle_histogram(), ruled=True),
    Action("measures", "Measures in numbers", "Measure", ("N",), lambda w: w.numbers.toggle_table()),
    Action(
        "copy-measures", "Copy measures as text", "Measure", ("Ctrl+Shift+C",), lambda w: w.numbers.copy(), ready=_any
    ),
    Action("clear-measures", "Delete all measures", "Measure", (), lambda w: w.numbers.clear(), ruled=True, ready=_any),
)
