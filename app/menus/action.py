"""One row of the table of actions, and the functions that many rows share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.main_window import MainWindow

Run = Callable[["MainWindow"], object]


@dataclass(frozen=True)
class Action:
    """Something the reader can ask for.

    menu:    where it is found, "View" or "View/Mouse" ("" is nowhere: a key alone)
    keys:    in Qt's words; of_pane: they work only while a view has the focus, so that lists keep their arrows
    icon:    one of assets/icons; it has a button then
    checked: a field of the viewer (or "comparing.blend": of another state) and its value that shows a tick
    up:      what happens when the key goes up again: the action lasts as long as its key is held
    ruled:   a line above it in its menu
    ready:   whether there is something to do it with; grey where not. Asked when scans come and go, or measures
    """

    name: str
    text: str
    menu: str
    keys: tuple[str, ...]
    run: Run
    icon: str = ""
    of_pane: bool = False
    checked: tuple[str, object] | None = None
    up: Run | None = None
    ruled: bool = False
    ready: Run | None = None


def anything_open(window: MainWindow) -> bool:
    """For what is done with scans or views."""
    return bool(window.study.entries)


def toggle(field: str) -> Run:
    """Turn a field of the viewer on or off."""
    return lambda window: setattr(window.viewer, field, not getattr(window.viewer, field))


def choose(field: str, value: object) -> Run:
    """Give a field of the viewer this value."""
    return lambda window: setattr(window.viewer, field, value)


def scroll(steps: float) -> Run:
    """So many slices on, in the pane that has the keys."""
    return lambda window: window.viewing.scroll(steps)
