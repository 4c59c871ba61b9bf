"""Two ways of looking that share everything but where: for scans that are not linked."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

from app.state.viewer import Viewer

PLACE = ("crosshair", "field", "framing")
"""Fields of a viewer that two panes which are not linked have each for itself."""


def follow(first: Viewer, second: Viewer) -> None:
    """Conventions, annotations, the mouse and what is drawn stay the same in both, whichever is changed."""
    for name in _shared():
        setattr(second, name, getattr(first, name))
        for one, other in ((first, second), (second, first)):
            getattr(one.events, name).connect(partial(_copy, other, name))


def stand_beside(first: Viewer, second: Viewer) -> None:
    """The second looks where the first does."""
    for name in PLACE:
        setattr(second, name, getattr(first, name))


def _shared() -> list[str]:
    return [field.name for field in fields(Viewer) if field.name not in PLACE]


def _copy(viewer: Viewer, name: str, value: object) -> None:
    setattr(viewer, name, value)
