"""Which open scan a synthetic file was made from: its provenance names a hash, and files are hashed to find it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakSet

from app.jobs import Job, Lane
from app.state.study import Entry, Study
from engine.provenance import digesting


class Tracing:
    """Hashes the open real scans in the background, once, and only where a synthetic one asks for it."""

    def __init__(self, lane: Lane, study: Study, complain: Callable[[Exception], None]) -> None:
        self._lane, self._study, self._complain = lane, study, complain
        self._asked: WeakSet[Entry] = WeakSet()
        study.events.entries.connect(self._look)

    def _look(self, entries: tuple[Entry, ...]) -> None:
        if not any(entry.scan.made_from for entry in entries):
            return
        for entry in entries:
            if not entry.scan.synthetic and entry not in self._asked:
                self._asked.add(entry)
                self._hash(entry)

    def _hash(self, entry: Entry) -> None:
        job = Job(partial(digesting, entry.scan.sources))
        job.finished.connect(partial(self._land, entry))
        job.failed.connect(self._complain)
        self._lane.add(job)

    def _land(self, entry: Entry, sha256: str | None) -> None:
        self._study.trace(entry, sha256 or "")
