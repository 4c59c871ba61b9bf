"""From frame to frame of a scan in four dimensions: one is in memory, the next is read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject

from app.jobs import Job, Lane
from app.state.study import Entry
from engine.files import Scan, read_place, with_qform
from engine.progress import Step, Work


class Frames(QObject):
    """Steps while a frame is being read are added up; only the last is read."""

    def __init__(self, lane: Lane, complain: Callable[[Exception], None]) -> None:
        super().__init__(lane)
        self._lane, self._complain = lane, complain
        self._wanted: WeakKeyDictionary[Entry, int] = WeakKeyDictionary()

    def step(self, entry: Entry | None, by: int) -> None:
        """So many frames on, never beyond the first or last; nothing happens to a scan of one."""
        origin = entry.scan.origin if entry is not None else None
        if entry is None or origin is None or origin.frames < 2:
            return
        under_way = entry in self._wanted
        wanted = min(max(self._wanted.get(entry, origin.frame) + by, 0), origin.frames - 1)
        if wanted != origin.frame or under_way:
            self._wanted[entry] = wanted
        if entry in self._wanted and not under_way:
            self._read(entry, wanted)

    def _read(self, entry: Entry, frame: int) -> None:
        job = Job(partial(_reading, entry.scan, frame))
        job.finished.connect(partial(self._land, entry))
        job.failed.connect(partial(self._fail, entry))
        self._lane.add(job)

    def _land(self, entry: Entry, scan: Scan) -> None:
        entry.scan = replace(scan, modality=entry.scan.modality)
        wanted = self._wanted.pop(entry)
        if scan.origin is not None and wanted != scan.origin.frame:
            self.step(entry, wanted - scan.origin.frame)

    def _fail(self, entry: Entry, error: Exception) -> None:
        del self._wanted[entry]
        self._complain(error)


def _reading(scan: Scan, frame: int) -> Work[Scan]:
    """Another frame of the same scan, lying by the transform that the reader chose."""
    yield Step("read", 0, 1)
    if scan.origin is None:
        raise ValueError("the scan was made here, and has no frames")
    other = read_place(scan.origin.place, frame)
    qform = other.origin.other if other.origin is not None else None
    return with_qform(other) if qform is not None and np.array_equal(scan.volume.affine, qform) else other
