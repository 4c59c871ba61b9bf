"""A short tour of the hands: one gesture after the other; what the reader has done is behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from app.state.viewer import LeftButton, Viewer


@dataclass(frozen=True)
class Stop:
    """One thing to try.

    how:   what the hand does; what: what comes of it
    shows: the field whose change tells that it was done ("viewer.crosshair", "entry.window_level"), "" for none
    """

    how: str
    what: str
    shows: str = ""


_DRAGS = {
    LeftButton.WINDOW: Stop("Drag with the left button", "right is wider, up is brighter", "entry.window_level"),
    LeftButton.CROSSHAIR: Stop("Drag with the left button", "the crosshair follows in every view", "viewer.crosshair"),
}
_REST = (
    Stop("Click", "every view goes to that point; its place and intensity stand below", "viewer.crosshair"),
    Stop("Hold Ctrl and turn the wheel", "closer, where the pointer is", "viewer.framing"),
    Stop("Double-click a view", "it is alone, and the same again brings the others back", "viewer.only"),
    Stop("Click Synthesize at the right", "the result comes beside its source, marked SYNTHETIC", "study.entries"),
    Stop("Press ? at any time", "every key and gesture on one sheet"),
)


def stops(viewer: Viewer) -> tuple[Stop, ...]:
    """The whole tour, with the left button as it is set."""
    drag = _DRAGS.get(viewer.left_button, _DRAGS[LeftButton.WINDOW])
    return (Stop("Turn the wheel over a view", "slice after slice", "viewer.crosshair"), drag, *_REST)


@dataclass
class Tour:
    """Where the reader is on the tour. at: of `stops`, counted from 0; None: no tour."""

    at: int | None = None
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def stop(self, viewer: Viewer) -> Stop | None:
        """What is to be tried now."""
        return None if self.at is None else stops(viewer)[self.at]

    def step(self, viewer: Viewer) -> None:
        """On to the next stop; after the last the tour is over."""
        if self.at is not None:
            self.at = self.at + 1 if self.at + 1 < len(stops(viewer)) else None
