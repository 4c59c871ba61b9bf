"""The layout of last time: one view alone at once, two scans side by side as soon as there are two."""

from __future__ import annotations

from app.state.preferences import Preferences
from app.state.study import Entry, Study
from app.state.viewer import VIEWS, Layout, Plane, View, Viewer

_ALONE: dict[str, View | None] = {
    "": None,
    **{view.name.lower() if isinstance(view, Plane) else view: view for view in VIEWS},
}


def resume(viewer: Viewer, study: Study, preferences: Preferences) -> None:
    """Look as the reader did when the window was closed, and remember from now on what becomes of it."""
    viewer.only = _ALONE.get(preferences.only)
    names = {alone: name for name, alone in _ALONE.items()}
    viewer.events.only.connect(lambda only: setattr(preferences, "only", names[only]))
    viewer.events.layout.connect(lambda layout: setattr(preferences, "layout", layout))

    def compare(entries: tuple[Entry, ...]) -> None:
        if len(entries) < 2:
            return
        study.events.entries.disconnect(compare)
        pair = study.pair(entries[0])
        if preferences.layout is Layout.COMPARE and study.compared is None and pair is not None:
            study.compared, viewer.layout = pair, Layout.COMPARE

    study.events.entries.connect(compare)
