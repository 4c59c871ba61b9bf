"""Gaps in the event loop while a synthesis runs: how long the window may not answer.

    python -m benchmarks.event_loop [--mode shortcut] [--model compact]

A timer of no length runs in the real window; a gap is the time between two of its turns. `wake` is the time until the
engine is loaded, told apart because it happens once.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer

from app.main_window import MainWindow
from benchmarks.rooms import open_and_wait, program, rest, until
from engine.bundle import open_bundle
from engine.modality import Modality
from engine.synthesis import Mode
from tests.phantoms import write_phantom

SHAPE = (192, 192, 144)


class Gaps:
    """Milliseconds between turns of the event loop."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def told(self) -> dict[str, float]:
        """Median, 99 percent and the longest of the gaps since the last time, ms."""
        seen, self.seen = self.seen, []
        median, late = np.percentile(seen, [50, 99])
        return {"p50_ms": round(float(median), 2), "p99_ms": round(float(late), 2), "max_ms": round(max(seen), 1)}

    def _turn(self) -> None:
        now = time.perf_counter()
        self.seen.append(1000 * (now - self._last))
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
        gaps = Gaps()
        window.synthesizing.warm_up()
        until(lambda: not window.synthesizing.busy)
        wake = gaps.told()
        source = window.study.entries[0]
        window.synthesizing.order(source, (Modality.T2,))
        seconds = until(lambda: len(window.study.entries) > 1 or window.banner.isVisible())
        answer = {"benchmark": "event_loop", "mode": wished.mode, "shape": SHAPE, "seconds": round(seconds, 1)}
        print(json.dumps({**answer, **gaps.told(), "wake": wake, "complaint": window.banner.label.text()}))
        window.close()
        application.quit()


if __name__ == "__main__":
    main()
