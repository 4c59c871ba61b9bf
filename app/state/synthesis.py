"""What the reader asks of the translator: the settings, the orders that wait, how far the first has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from app.state.study import Entry
from engine.modality import Modality
from engine.progress import Step
from engine.synthesis import Mode, Request

QUALITY = {Mode.PRIOR: "Preview", Mode.SHORTCUT: "Standard", Mode.FULL: "Full"}
"""The modes that the window offers, in plain words."""

_WORDS = {
    "wake": "Starting the engine",
    "brain": "Finding the brain",
    "prepare": "Preparing",
    "load": "Loading the model",
    "encode": "Reading the source",
    "ms-spade": "Changing the contrast",
    "denoise": "Refining",
    "decode": "Drawing",
    "place": "Placing on the scan's grid",
}

_COMMON = ("wake", "brain", "prepare", "load", "encode")
_COUNTED = ("brain", "denoise")
"""Stages of equal steps: what one took, the next will take."""

_FIRST_GUESS = {
    "wake": 4.0,
    "brain": 7.0,
    "prepare": 0.7,
    "load": 2.0,
    "encode": 1.0,
    "ms-spade": 0.5,
    "denoise": 5.0,
    "decode": 1.5,
    "place": 0.7,
}
"""Seconds a stage on two cores; replaced by what this computer really took."""


@dataclass(frozen=True, eq=False)
class Order:
    """One click: these targets from this scan."""

    entry: Entry
    request: Request

    @property
    def title(self) -> str:
        """ "T2, FLAIR from T1"."""
        return f"{', '.join(t.label for t in self.request.targets)} from {self.request.source.label}"


@dataclass(frozen=True)
class Progress:
    """Where an order stands.

    fraction: of the whole, 0 to 1;  left: seconds, an estimate
    """

    words: str
    fraction: float
    left: float

    @property
    def text(self) -> str:
        """One line under the bar."""
        return f"{self.words} · {self.left:.0f} s left" if self.left >= 0.5 else self.words


@dataclass
class Pace:
    """Estimates the time left from how long each stage took here before.

    plan:    every stage of the order, in turn
    seconds: by stage, as far as they are known; learns while it runs
    """

    plan: tuple[str, ...]
    seconds: dict[str, float]
    began: float
    _at: int = -1
    _entered: float = 0.0

    @classmethod
    def of(cls, request: Request, seconds: dict[str, float], began: float) -> Pace:
        """The clock of an order that begins now."""
        refining = ("decode",) if request.mode is Mode.PRIOR else ("denoise", "decode") * request.samples
        return cls(_COMMON + ("ms-spade", *refining, "place") * len(request.targets), dict(seconds), began)

    def after(self, step: Step, now: float) -> Progress:
        """Where the order stands at the time `now` (seconds, monotonic)."""
        if self._at < 0 or step.stage != self.plan[self._at]:
            self._enter(step.stage, now)
        elapsed = now - self._entered
        counted = step.stage in _COUNTED
        if counted and step.done:
            self.seconds[step.stage] = elapsed / step.done * step.total
        expected = self.seconds.get(step.stage, 1.0)
        here = expected * (1 - step.done / step.total) if counted else max(expected - elapsed, 0.0)
        left = here + sum(self.seconds.get(stage, 1.0) for stage in self.plan[self._at + 1 :])
        gone = now - self.began
        words = _WORDS.get(step.stage, step.stage)
        if step.total > 1:
            words = f"{words} · step {min(step.done + 1, step.total)}/{step.total}"
        return Progress(words, gone / max(gone + left, 1e-9), left)

    def _enter(self, stage: str, now: float) -> None:
        """Remember how long the last stage took; stages in between were not needed."""
        if self._at >= 0 and self.plan[self._at] not in _COUNTED:
            self.seconds[self.plan[self._at]] = now - self._entered
        ahead = self.plan[self._at + 1 :]
        if stage in ahead:
            self._at += 1 + ahead.index(stage)
        self._entered = now


@dataclass
class Orders:
    """The settings of the next order, and those under way: the first runs, the others wait.

    message: the last thing worth saying, shown where the progress was
    """

    mode: Mode = Mode.SHORTCUT
    samples: int = 1
    seed: int = 0
    waiting: tuple[Order, ...] = ()
    progress: Progress | None = None
    message: str = ""
    seconds: dict[str, float] = field(default_factory=lambda: dict(_FIRST_GUESS))
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def order(self, entry: Entry, source: Modality, targets: tuple[Modality, ...]) -> Order:
        """These targets from this scan, with the settings as they stand."""
        return Order(entry, Request(source, targets, self.mode, samples=self.samples, seed=self.seed))

    def pace(self, order: Order, now: float) -> Pace:
        """The clock of an order that begins now."""
        return Pace.of(order.request, self.seconds, now)
