"""What the reader asks of the translator: the settings, the orders that wait, how far the first has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from app.state.study import Entry
from app.state.viewer import Point
from engine.modality import Modality
from engine.preview import Preview
from engine.progress import Step
from engine.synthesis import Mode, Request

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
_EVERY = ("prepare", "encode", "ms-spade", "place")
_COUNTED = ("brain", "denoise")
"""Stages of equal steps: what one took, the next will take."""

_OF_THE_DISK = ("wake", "load")
"""Stages that say nothing of how fast the others will be."""

_ALL_STEPS = "denoise in full"
"""Under which the seconds of the slow mode's sampler are kept."""

_FIRST_GUESS = {
    "wake": 4.0,
    "brain": 7.0,
    "prepare": 0.7,
    "load": 2.0,
    "encode": 1.5,
    "ms-spade": 0.5,
    "denoise": 0.5,
    _ALL_STEPS: 8.0,
    "decode": 1.0,
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
    """Estimates the time left from how long each stage took here before, and from how slow they are this time.

    plan:    every stage of the order, in turn
    seconds: by stage, as far as they are known; learns while it runs
    """

    plan: tuple[str, ...]
    seconds: dict[str, float]
    began: float
    sampler: str = "denoise"
    _at: int = -1
    _entered: float = 0.0
    _spent: float = 0.0
    _due: float = 0.0
    _learnt: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, request: Request, seconds: dict[str, float], began: float) -> Pace:
        """The clock of an order that begins now."""
        refining = ("decode",) if request.mode is Mode.PRIOR else ("denoise", "decode") * request.samples
        plan = _COMMON + ("ms-spade", *refining, "place") * len(request.targets)
        return cls(plan, dict(seconds), began, _sampler(request.mode))

    def after(self, step: Step, now: float) -> Progress:
        """Where the order stands at the time `now` (seconds, monotonic)."""
        if self._at < 0 or step.stage != self.plan[self._at]:
            self._enter(step.stage, now)
        elapsed = now - self._entered
        counted = step.stage in _COUNTED
        if counted and step.done:
            self._learn(step.stage, elapsed / step.done * step.total)
        slower = self._slower(step.stage, elapsed)
        expected = self._today(step.stage, slower)
        here = expected * (1 - step.done / step.total) if counted else max(expected - elapsed, 0.0)
        left = here + sum(self._today(stage, slower) for stage in self.plan[self._at + 1 :])
        gone = now - self.began
        words = _WORDS.get(step.stage, step.stage)
        if step.total > 1:
            words = f"{words} · step {min(step.done + 1, step.total)}/{step.total}"
        return Progress(words, gone / max(gone + left, 1e-9), left)

    def _key(self, stage: str) -> str:
        return self.sampler if stage == "denoise" else stage

    def _expected(self, stage: str) -> float:
        return self.seconds.get(self._key(stage), 1.0)

    def _today(self, stage: str, slower: float) -> float:
        """Seconds of a stage: those of another day stretched, those of today as they are."""
        return self._expected(stage) * (1.0 if self._key(stage) in self._learnt else slower)

    def _slower(self, stage: str, elapsed: float) -> float:
        """How many times as long as on other days it takes: the stages behind us, and this one if it is late."""
        spent, due, expected = self._spent, self._due, self._expected(stage)
        if self._tells(stage) and elapsed > expected:
            spent, due = spent + elapsed, due + expected
        return max(spent / due, 1.0) if due else 1.0

    def _tells(self, stage: str) -> bool:
        """Whether it says how fast the others will be."""
        return stage not in (*_OF_THE_DISK, *_COUNTED) and stage not in self._learnt

    def _enter(self, stage: str, now: float) -> None:
        """Remember how long the last stage took; stages in between were not needed."""
        before = self.plan[self._at] if self._at >= 0 else ""
        if before and before not in _COUNTED:
            if self._tells(before):
                self._spent += now - self._entered
                self._due += self._expected(before)
            self._learn(before, now - self._entered)
        ahead = self.plan[self._at + 1 :]
        if stage in ahead:
            self._at += 1 + ahead.index(stage)
        self._entered = now

    def _learn(self, stage: str, seconds: float) -> None:
        self.seconds[self._key(stage)] = seconds
        self._learnt.add(self._key(stage))


@dataclass
class Orders:
    """The settings of the next order, and those under way: the first runs, the others wait.

    preview: what can be seen of the first order's result by now
    message: the last thing worth saying, shown where the progress was
    seconds: by stage, what each took here the last time
    """

    mode: Mode = Mode.SHORTCUT
    samples: int = 1
    seed: int = 0
    waiting: tuple[Order, ...] = ()
    progress: Progress | None = None
    preview: Preview | None = None
    message: str = ""
    seconds: dict[str, float] = field(default_factory=lambda: dict(_FIRST_GUESS))
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def order(self, entry: Entry, source: Modality, targets: tuple[Modality, ...], at: Point | None = None) -> Order:
        """These targets from this scan, with the settings as they stand. at: world point that previews show."""
        return Order(entry, Request(source, targets, self.mode, samples=self.samples, seed=self.seed, preview=at))

    def pace(self, order: Order, now: float) -> Pace:
        """The clock of an order that begins now."""
        return Pace.of(order.request, self.seconds, now)

    def learn(self, pace: Pace) -> None:
        """Keep what an order's stages took, for the next estimate."""
        self.seconds = {**self.seconds, **pace.seconds}

    def expected(self, mode: Mode) -> float:
        """Seconds that one target takes in this mode, once the engine is awake."""
        refining = self.seconds["decode"]
        if mode is not Mode.PRIOR:
            refining = (refining + self.seconds[_sampler(mode)]) * self.samples
        return sum(self.seconds[stage] for stage in _EVERY) + refining


def duration(seconds: float) -> str:
    """About how long, in words: an estimate is not known to the second."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 100:
        return f"about {5 * round(seconds / 5)}\N{NO-BREAK SPACE}s"
    return f"about {round(seconds / 60)}\N{NO-BREAK SPACE}min"


def _sampler(mode: Mode | None) -> str:
    """Under which name the seconds of a mode's sampler are kept."""
    return _ALL_STEPS if mode in (Mode.FULL, Mode.REFERENCE) else "denoise"
