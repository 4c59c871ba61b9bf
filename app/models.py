"""Synthesis > Models: which are there, one more, one less, and which of them is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.state.models import Model, Models
from app.state.preferences import Preferences
from engine.bundle import bundles, open_bundle
from engine.errors import BadBundle, RespinError
from engine.library import add, free_name, is_bundle, is_own, remove
from engine.progress import Step, Work

if TYPE_CHECKING:
    from engine.bundle import Bundle

SHIPPED = "compact"
_DOING = {"copy": "Copying", "verify": "Checking every file", "read": "Reading the checkpoint", "write": "Converting"}


class Library(QObject):
    """Keeps the list of models true, and remembers which one the reader chose.

    complain: tells of a refusal; whoever shows the list may hear them instead
    """

    def __init__(self, models: Models, preferences: Preferences, complain: Callable[[Exception], None]) -> None:
        super().__init__()
        self.models = models
        self._preferences, self.complain = preferences, complain
        self._lane = Lane(self)

    def look(self) -> None:
        """What is there now, with every file checked in the background."""
        self.models.rows = tuple(sorted(map(_row, bundles()), key=lambda row: (row.own, row.name)))
        job = Job(lambda: _checking(self.models.rows))
        job.finished.connect(lambda found: setattr(self.models, "sound", found))
        job.failed.connect(self._on_error)
        self._lane.add(job)

    def use(self, name: str) -> None:
        """From the next order on, and from now on at every start."""
        try:
            self.models.bundle = open_bundle(name)
        except BadBundle as refusal:
            self.complain(refusal)
        else:
            self._preferences.model = name

    def add(self, paths: Sequence[Path]) -> None:
        """Bundles, or checkpoints of the authors' code that together are one model."""
        if not paths:
            return
        job = Job(lambda: _adding(paths))
        job.stepped.connect(self._on_step)
        job.finished.connect(lambda _: self._done())
        job.failed.connect(self._failed)
        job.cancelled.connect(self._done)
        self._lane.add(job)

    def remove(self, name: str) -> None:
        """Delete a model that the reader added; where it was in use, the one that ships takes its place."""
        used = self.models.bundle is not None and self.models.bundle.name == name
        try:
            remove(name)
        except RespinError as refusal:
            self.complain(refusal)
        self.look()
        if used and name not in (row.name for row in self.models.rows):
            self.use(SHIPPED)

    @property
    def busy(self) -> bool:
        """Whether something is being added or checked."""
        return self._lane.busy

    def close(self) -> None:
        """Stop, before the window goes; what was half added is taken back."""
        self._lane.close()

    def _on_step(self, step: Step) -> None:
        self.models.doing = f"{_DOING.get(step.stage, step.stage)}…"

    def _done(self) -> None:
        self.models.doing = ""
        self.look()

    def _failed(self, error: Exception) -> None:
        self._done()
        self.complain(error)

    def _on_error(self, error: Exception) -> None:
        self.complain(error)


def preferred(preferences: Preferences) -> tuple[Bundle | None, BadBundle | None]:
    """The model that the reader chose, else the one that ships; and why not the one or not any, in a sentence."""
    try:
        return open_bundle(preferences.model or SHIPPED), None
    except BadBundle as reason:
        if not preferences.model:
            return None, reason
        preferences.model = ""
        return preferred(preferences)[0], reason


def _row(name: str) -> Model:
    try:
        bundle = open_bundle(name)
    except BadBundle as refusal:
        return Model(name, None, False, str(refusal))
    return Model(name, bundle, is_own(bundle))


def _checking(rows: Sequence[Model]) -> Work[tuple[tuple[str, bool], ...]]:
    found: list[tuple[str, bool]] = []
    for done, row in enumerate(rows):
        yield Step("verify", done, len(rows))
        if row.bundle is not None:
            found.append((row.name, _is_sound(row.bundle)))
    return tuple(found)


def _is_sound(bundle: Bundle) -> bool:
    try:
        bundle.verify()
    except (BadBundle, OSError):
        return False
    return True


def _adding(paths: Sequence[Path]) -> Work[None]:
    """Every bundle by itself; what is no bundle is taken as one model's checkpoints."""
    for path in filter(is_bundle, paths):
        yield from add(path)
    checkpoints = [path for path in paths if not is_bundle(path)]
    if checkpoints:
        yield Step("read", 0, len(checkpoints))
        from engine.assets import own_models
        from engine.importer import import_checkpoints

        yield from import_checkpoints(checkpoints, own_models() / free_name(checkpoints[0].stem))
