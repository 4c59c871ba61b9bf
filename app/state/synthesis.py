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
_EACH_TARGET = ("ms-spade", "denoise", "decode", "place")

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

    seconds: by stage, as far as they are known; learns while it runs
    """

    targets: int
    seconds: dict[str, float]
    began: float
    _stage: str = ""
    _stage_began: float = 0.0
    _at: int = 0

    @property
    def plan(self) -> tuple[str, ...]:
        """Every stage of the order."""
        return _COMMON + _EACH_TARGET * self.targets

    def after(self, step: Step, now: float) -> Progress:
        """Where the order stands at the time `now` (seconds, monotonic)."""
        if step.stage != self._stage:
            self._enter(step.stage, now)
        elapsed = now - self._stage_began
        if step.done and elapsed > 0:
            self.seconds[step.stage] = elapsed / step.done * step.total
        later = sum(self._expected(stage) for stage in self.plan[self._at + 1 :])
        left = self._expected(step.stage) * (1 - step.done / max(step.total, 1)) + later
        return Progress(self._words(step), (now - self.began) / max(now - self.began + left, 1e-9), left)

    def _enter(self, stage: str, now: float) -> None:
        """The stages in between were not needed, or done within the blink of an eye."""
        self._stage, self._stage_began = stage, now
        ahead = self.plan[self._at + 1 :] if self._at or stage != self.plan[0] else self.plan
        if stage in ahead:
            self._at = len(self.plan) - len(ahead) + ahead.index(stage)

    def _expected(self, stage: str) -> float:
        return self.seconds.get(stage, 1.0)

    def _words(self, step: Step) -> str:
        words = _WORDS.get(step.stage, step.stage)
        return f"{words} · step {step.done}/{step.total}" if step.total > 1 else words


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
        stages = dict(self.seconds)
        if order.request.mode is Mode.PRIOR:
            stages["denoise"] = 0.0
        return Pace(len(order.request.targets), stages, now)
