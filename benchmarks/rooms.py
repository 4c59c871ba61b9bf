"""What several benchmarks need: a large scan, and the real window with time passing in it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow, dress
from engine.volume import Volume
from tests.phantoms import phantom, write_phantom

_LOOK_MS = 1
"""Between two looks at what is waited for."""


def large_scan(folder: Path, name: str = "large_t1.nii.gz") -> Path:
    """A T1 of 256^3 voxels of 1 mm, int16."""
    return write_phantom(folder / name, large_volume())


def large_volume() -> Volume:
    """The same, not in a file."""
    small = phantom((64, 64, 64), (4, 4, 4))
    data = small.data.repeat(4, 0).repeat(4, 1).repeat(4, 2)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = -127.5
    return Volume(data, affine)


def program(settings: Path) -> QApplication:
    """Qt, off the screen where there is none, with settings of its own."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["XDG_CONFIG_HOME"] = str(settings)
    started = QApplication([])
    dress(started)
    return started


def until(done: Callable[[], object]) -> float:
    """Let events pass until something is true, asleep between them as a window is; the seconds it took."""
    start, look = time.perf_counter(), QTimer(interval=_LOOK_MS)
    look.start()
    while not done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    return time.perf_counter() - start


def rest(seconds: float) -> None:
    """Let events pass for a while."""
    end = time.perf_counter() + seconds
    until(lambda: time.perf_counter() > end)


def open_and_wait(window: MainWindow, scan: Path) -> float:
    """Seconds from the click until three planes of a scan are painted."""
    panes = window.grid.panes[:3]
    known = len(window.study.entries)
    start = time.perf_counter()
    window.open([scan])
    until(lambda: len(window.study.entries) > known)
    entry = window.study.entries[-1]
    window.study.selected = entry
    window.grid.refresh()
    painted = [pane.paints for pane in panes]
    until(lambda: all(p.entry is entry and p.paints > before for p, before in zip(panes, painted, strict=True)))
    return time.perf_counter() - start
