"""Many syntheses in one window, some of them cancelled somewhere: `python -m tests.soak --count 200`.

Prints one line of JSON: memory after the first quarter and at the end, threads at the start and at the end.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.state.study import Entry
from engine.bundle import open_bundle
from engine.files import read
from engine.modality import Modality
from engine.synthesis import Mode
from tests.phantoms import write_phantom

_STATUS = Path("/proc/self/status")


def main() -> int:
    """Exit code 1 where threads stayed behind or memory grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--model", type=Path, help="a bundle; without it a small one of random weights")
    parser.add_argument("--growth", type=float, default=48.0, help="MiB that may be held more at the end")
    asked = parser.parse_args()
    application = QApplication.instance() or QApplication(["soak"])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        model = asked.model
        if model is None:
            from tests.bundles import write_bundle

            model = write_bundle(Path(folder) / "tiny")
        told = _soak(Path(folder), model, asked.count)
    print(json.dumps(told))
    del application
    return int(told["threads"][1] > told["threads"][0] or told["memory"][1] - told["memory"][0] > asked.growth)


def _soak(folder: Path, model: Path, count: int) -> dict[str, Any]:
    window = MainWindow(open_bundle(model))
    window.show()
    entry = Entry.of(read(write_phantom(folder / "case_t1.nii", shape=(24, 28, 20))))
    window.study.add(entry)
    window.orders.mode = Mode.SHORTCUT
    chance, done, cancelled = random.Random(0), 0, 0
    _one(window, entry, None)
    threads, early = _told("Threads"), 0.0
    for number in range(count):
        after = chance.choice([None, None, chance.uniform(0, 400)])
        finished = _one(window, entry, after)
        done, cancelled = done + finished, cancelled + (not finished)
        if number == count // 4:
            early = _told("VmRSS") / 1024
    late = _told("VmRSS") / 1024
    left = _told("Threads")
    window.close()
    return {"done": done, "cancelled": cancelled, "memory": [round(early), round(late)], "threads": [threads, left]}


def _one(window: MainWindow, entry: Entry, after: float | None) -> bool:
    """One synthesis, given up after so many ms where a number is given; whether it was finished."""
    window.synthesizing.order(entry, (Modality.T2,))
    if after is not None:
        QTimer.singleShot(int(after), window.synthesizing.cancel)
    _until(lambda: not window.orders.waiting and not window.synthesizing.busy)
    made = [other for other in window.study.entries if other is not entry]
    for other in made:
        window.study._take_out(other)  # removed for good: what can be undone is held
    gc.collect()
    return bool(made)


def _until(ready: Callable[[], bool]) -> None:
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if ready() else None)
    timer.start(5)
    loop.exec()


def _told(field: str) -> int:
    found = re.search(rf"^{field}:\s*(\d+)", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    assert found, f"the system does not say {field}"
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main())
