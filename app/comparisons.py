"""What the keys and buttons of comparing do: choose a way, take the other scan in place, keep strangers apart."""

from __future__ import annotations

from collections.abc import Callable

from app.state.comparing import Comparing
from app.state.kinship import kinship
from app.state.links import follow, stand_beside
from app.state.mixed import Blend
from app.state.study import Entry, Study
from app.state.viewer import Viewer
from engine.errors import RespinError

_NO_SPREAD = (
    "This result has one sample, and the model is not calibrated for it: nothing tells how sure it is; "
    "synthesize it with two or more (Samples and seed), then ask for the uncertainty."
)


class Comparisons:
    """Follows the study: a new pair is linked if it lies in one frame, and else the reader is asked.

    ask: puts a question with the words of its button; the function is called when the reader agrees
    """

    def __init__(
        self,
        comparing: Comparing,
        study: Study,
        viewer: Viewer,
        ask: Callable[[str, str, Callable[[], None]], None],
        complain: Callable[[Exception], None],
    ) -> None:
        self._comparing, self._study, self._viewer = comparing, study, viewer
        self._ask, self._complain = ask, complain
        follow(viewer, comparing.second)
        study.events.compared.connect(self._meet)

    def toggle(self, blend: Blend) -> None:
        """Two scans in one picture this way; asked for again, side by side."""
        pair = self._pair()
        if pair is None:
            return
        if blend is Blend.UNCERTAINTY and pair[1].spread is None:
            self._complain(RespinError(_NO_SPREAD))
            return
        self._study.compared = pair
        self._comparing.toggle(blend)

    def nudge(self, steps: int) -> None:
        """More or less opacity, or a wider or narrower range."""
        if self._pair() is not None:
            self._comparing.nudge(steps)

    def flicker(self, held: bool) -> None:
        """The other scan in place, as long as the key is held."""
        if not held or self._pair() is not None:
            self._comparing.flicker = held

    def link(self, linked: bool) -> None:
        """Both sides scroll, zoom and pan together, or each for itself."""
        if not linked:
            stand_beside(self._viewer, self._comparing.second)
            if self._study.compared is not None:
                self._comparing.second.look_at(self._study.compared[1].scan.volume)
        self._comparing.linked = linked

    def _meet(self, pair: tuple[Entry, Entry] | None) -> None:
        """Scans of different frames are not linked silently."""
        if pair is None:
            return
        kin = kinship(*pair)
        self.link(kin.placed)
        if not kin.placed:
            question = f"{pair[0].title} and {pair[1].title} are not linked. {kin.caution}."
            self._ask(question, "Link anyway", lambda: self.link(True))

    def _pair(self) -> tuple[Entry, Entry] | None:
        """The two that are compared, or would be; told where there are not two."""
        selected = self._study.selected
        pair = self._study.shown_pair(selected) if selected is not None else None
        if pair is None:
            self._complain(RespinError("Comparing takes two scans: synthesize one, or open another."))
        return pair
