"""Gaps in the event loop while a synthesis runs: how long the window may not answer.

    python -m benchmarks.event_loop [--mode shortcut] [--model compact]

A timer that is due every 5 ms runs in the real window; how much later than that it comes is what the reader waits. Told
as median, 99 percent and longest, each of every 5 ms that passed: a turn that comes 100 ms late has kept twenty
waiting. `wake` is the time until the engine is loaded, told apart because it happens once. `load` is of all programs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

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
        self._gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def told(self) -> dict[str, float]:
        """Since the last time, ms; whoever comes in the middle of a gap waits for what is left of it."""
        self._turn()
        gaps, self._late = self._gaps, []
        late = np.concatenate([np.arange(gap - EVERY_MS, 0, -EVERY_MS) if gap > EVERY_MS else [0.0] for gap in gaps])
        median, most = np.percentile(late, [50, 99])
        return {"p50_ms": round(float(median), 2), "p99_ms": round(float(most), 2), "max_ms": round(late.max(), 1)}

    def _turn(self) -> None:
        now = time.perf_counter()
        self._gaps.append(1000 * (now - self._last))
        self._last = now


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
