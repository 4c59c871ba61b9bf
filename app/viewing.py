"""What the menus and keys do to the views: layouts, slices, window and level, zoom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.state import gestures
from app.state.colormap import Colormap
from app.state.study import Entry, Study
from app.state.viewer import Layout, View, Viewer
from app.state.window_level import auto
from app.widgets.pane_grid import PaneGrid
from engine.errors import RespinError

_KEY_PIXELS = 12
"""A key that changes window or level does what a drag of so many pixels does."""


@dataclass(frozen=True)
class Viewing:
    """The reader's hand on the keyboard; what it changes can be undone."""

    viewer: Viewer
    study: Study
    grid: PaneGrid
    complain: Callable[[Exception], None]

    def four_up(self) -> None:
        """Three planes and 3-D."""
        with self.study.history.step("layout", self.viewer, "layout", "only"):
            self.viewer.layout, self.viewer.only = Layout.FOUR_UP, None

    def show_only(self, view: View) -> None:
        """One view large; the same key again brings the others back."""
        with self.study.history.step("layout", self.viewer, "layout", "only"):
            self.viewer.only = None if self.viewer.only == view else view

    def compare(self) -> None:
        """Source beside result, or back to the four views."""
        pair = self.study.shown_pair(self.study.selected) if self.study.selected else None
        if self.viewer.layout is Layout.COMPARE:
            self.four_up()
        elif pair is None:
            self.complain(RespinError("Comparing takes two scans: synthesize one, or open another."))
        else:
            with self.study.history.step("layout", self.viewer, "layout", "only"):
                self.study.compared = pair
                self.viewer.layout, self.viewer.only = Layout.COMPARE, None

    def scroll(self, steps: float) -> None:
        """Slices of the pane that has the keys."""
        pane = self.grid.under_keys()
        if pane is not None:
            pane.scroll(steps)

    def zoom(self, factor: float) -> None:
        """Closer, about the middle of the pane that has the keys."""
        pane = self.grid.under_keys()
        if pane is not None and pane.picture is not None:
            gestures.zoom_at(pane.viewer, pane.picture, factor, pane.picture.focus_ras())

    def shade(self, right: float, up: float) -> None:
        """Window and level of the pane that has the keys, a key's step: right is wider, up is brighter."""
        pane = self.grid.under_keys()
        if pane is None or pane.entry is None:
            return
        entry, gain = pane.entry, gestures.gain(pane.entry, pane.extent) * _KEY_PIXELS
        with self.study.history.step("window/level", entry, "window_level", merge=True):
            gestures.window(entry, entry.window_level, right, up, gain)

    def auto_window(self) -> None:
        """Window and level from the data, of every scan on screen."""
        for entry in self.on_screen():
            with self.study.history.step("window/level", entry, "window_level"):
                entry.window_level = auto(entry.scan.volume.data)

    def colour(self, colormap: Colormap) -> None:
        """Colours of the scan that the pane with the keys shows."""
        pane = self.grid.under_keys()
        if pane is not None and pane.entry is not None:
            with self.study.history.step("colours", pane.entry, "colormap"):
                pane.entry.colormap = colormap

    def reset(self) -> None:
        """Everything fits again."""
        self.viewer.reset()
        for pane in self.grid.panes:
            if pane.viewer is not self.viewer:
                pane.viewer.reset()
        self.grid.volume.front()

    def on_screen(self) -> tuple[Entry, ...]:
        """The scans of the layout."""
        if self.viewer.layout is Layout.COMPARE and self.study.compared:
            return self.study.compared
        return (self.study.selected,) if self.study.selected else ()
