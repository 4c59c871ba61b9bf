"""What can be undone, and done again.

A change of fields:  `with history.step("layout", viewer, "layout", "only"): ...`; for a drag, which is one step,
`begun = history.begin(...)` when it starts and `begun.end()` when it ends. Anything else: `history.add(Change(...))`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

_DEPTH = 60
"""Steps kept."""


@dataclass(frozen=True, eq=False)
class Change:
    """One step.

    words: what was done, as the menu says it after "Undo"
    owner: the state that was changed, not kept alive by this; where it is gone, so is the step
    back, again: take it back, do it again; called with the owner
    heavy: keeps a scan in memory; of such steps only the latest is remembered
    merge: steps of the same words and owner, one after the other, count as one (a key held down)
    """

    words: str
    owner: weakref.ref[Any]
    back: Callable[[Any], object]
    again: Callable[[Any], object]
    heavy: bool = False
    merge: bool = False

    def follows(self, other: Change) -> bool:
        """Whether both count as one step."""
        return self.merge and other.merge and self.words == other.words and self.owner() is other.owner()


@dataclass(frozen=True)
class Begun:
    """A step whose end is yet to come; forgotten where `end` is never called, as of a drag that was cancelled."""

    history: History
    words: str
    owner: Any
    before: dict[str, Any]
    merge: bool

    def end(self) -> None:
        """Remember the step, if anything has changed."""
        before, after = self.before, {name: getattr(self.owner, name) for name in self.before}
        if after != before:
            owner = weakref.ref(self.owner)
            self.history.add(Change(self.words, owner, _setting(before), _setting(after), merge=self.merge))


@dataclass
class History:
    """done: the latest last; undone: what `redo` would do, the next last."""

    done: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = field(default=())
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    @contextmanager
    def step(self, words: str, owner: Any, *fields: str, merge: bool = False) -> Generator[None]:
        """Whatever happens to these fields inside is one step."""
        begun = self.begin(words, owner, *fields, merge=merge)
        yield
        begun.end()

    def begin(self, words: str, owner: Any, *fields: str, merge: bool = False) -> Begun:
        """The fields as they are now, to be compared at the end."""
        return Begun(self, words, owner, {name: getattr(owner, name) for name in fields}, merge)

    def add(self, change: Change) -> None:
        """Something has been done; what was undone before cannot be done again."""
        kept = [other for other in self.done if _alive(other) and not (change.heavy and other.heavy)]
        if kept and change.follows(kept[-1]):
            change = Change(change.words, change.owner, kept.pop().back, change.again, change.heavy, merge=True)
        self.done, self.undone = (*kept, change)[-_DEPTH:], ()

    def undo(self) -> None:
        """Take the last step back."""
        self.done = done = tuple(filter(_alive, self.done))
        if done:
            done[-1].back(done[-1].owner())
            self.done, self.undone = done[:-1], (*self.undone, done[-1])

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.undone = undone = tuple(filter(_alive, self.undone))
        if undone:
            undone[-1].again(undone[-1].owner())
            self.done, self.undone = (*self.done, undone[-1]), undone[:-1]

    @property
    def undo_words(self) -> str:
        """What `undo` would take back; "" where there is nothing."""
        return next((change.words for change in reversed(self.done) if _alive(change)), "")

    @property
    def redo_words(self) -> str:
        """What `redo` would do again; "" where there is nothing."""
        return next((change.words for change in reversed(self.undone) if _alive(change)), "")


def _alive(change: Change) -> bool:
    return change.owner() is not None


def _setting(values: dict[str, Any]) -> Callable[[Any], None]:
    def put(owner: Any) -> None:
        for name, value in values.items():
            setattr(owner, name, value)

    return put
