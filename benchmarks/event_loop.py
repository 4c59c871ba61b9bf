"""Gaps in the event loop while a synthesis runs: how long the window may not answer.

    python -m benchmarks.event_loop [--mode shortcut] [--model compact]

A timer that is due every 5 ms runs in the real window; how much later than that it comes is what the reader waits. Told
as median, 99 percent and longest, each of every 5 ms that passed: a turn that comes 100 ms late has kept twenty
waiting. `ours` is the same without the time in which the GUI thread was ready to run and the kernel gave its processor
to another thread, `own_ms` the longest turn in time of the processor: on an idle machine with a core to spare, `max_ms`
and `ours` agree. `wake` is the time until the engine is loaded, told apart because it happens once. `load` is of all
programs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer

from app.main_window import MainWindow
from benchmarks.rooms import open_and_wait, program, rest, until
from engine.bundle import open_bundle
from engine.modality import Modality
from engine.synthesis import Mode
from tests.phantoms import write_phantom

SHAPE = (192, 192, 144)
EVERY_MS = 5


class Lateness:
    """Milliseconds by which turns of the event loop come too late."""

    def __init__(self) -> None:
        self._gaps: list[list[float]] = []
        self._last = _clocks()
        self._timer = QTimer(interval=EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def told(self) -> dict[str, Any]:
        """Since the last time, ms; whoever comes in the middle of a gap waits for what is left of it."""
        self._turn()
        passed, processor, queue = np.array(self._gaps).T
        self._gaps = []
        return {**_late(passed), "ours": _late(passed - queue), "own_ms": round(processor.max(), 1)}

    def _turn(self) -> None:
        now = _clocks()
        self._gaps.append([1000 * (after - before) for after, before in zip(now, self._last, strict=True)])
        self._last = now


def _late(gaps: np.ndarray) -> dict[str, float]:
    """Of gaps between turns, ms."""
    late = np.concatenate([np.arange(gap - EVERY_MS, 0, -EVERY_MS) if gap > EVERY_MS else [0.0] for gap in gaps])
    median, most = np.percentile(late, [50, 99])
    return {"p50_ms": round(float(median), 2), "p99_ms": round(float(most), 2), "max_ms": round(late.max(), 1)}


def _clocks() -> tuple[float, float, float]:
    """Seconds on the clock, of the processor for this thread, and that it waited for a processor (0 off Linux)."""
    queue = Path("/proc/thread-self/schedstat")
    waited = int(queue.read_text(encoding="ascii").split()[1]) / 1e9 if queue.exists() else 0.0
    return time.perf_counter(), time.thread_time(), waited


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", default=Mode.SHORTCUT.value, choices=[mode.value for mode in Mode])
    parser.add_argument("--model", default="compact")
    wished = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        application = program(Path(name) / "settings")
        window = MainWindow(open_bundle(wished.model))
        window.orders.mode = Mode(wished.mode)
        window.show()
        open_and_wait(window, write_phantom(Path(name) / "head_t1.nii.gz", shape=SHAPE))
        rest(1)
        late = Lateness()
        window.synthesizing.warm_up()
        until(lambda: not window.synthesizing.busy)
        wake = late.told()
        source = window.study.entries[0]
        window.synthesizing.order(source, (Modality.T2,))
        seconds = until(lambda: len(window.study.entries) > 1 or window.banner.isVisible())
        answer = {"benchmark": "event_loop", "mode": wished.mode, "shape": SHAPE, "seconds": round(seconds, 1)}
        answer |= {**late.told(), "wake": wake, "complaint": window.banner.label.text(), "load": os.getloadavg()[0]}
        print(json.dumps(answer))
        window.close()
        application.quit()


if __name__ == "__main__":
    main()
