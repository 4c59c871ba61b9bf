"""Seconds until Respin is there: the command line, `respin info`, and the window with a scan on screen.

    python benchmarks/startup.py [SCAN]

Every number is the median of five fresh processes, taken in turn: on the clock, and (`cpu`) in time of the processor,
which other programs disturb less. `python_s` is an interpreter that does nothing. Without a display Qt draws off the
screen.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from engine.assets import assets

ROUNDS = 5

WINDOW = """
import sys
import time
from pathlib import Path
from app.lean import nibabel_alone
nibabel_alone()
from PySide6.QtWidgets import QApplication
from app.main_window import MainWindow, dress
from engine.bundle import bundles, open_bundle
program = QApplication([])
dress(program)
window = MainWindow(open_bundle() if bundles() else None)
window.show()
program.processEvents()
shown = time.time(), time.process_time()
window.open([Path(sys.argv[1])])
while not any(pane.picture and pane.paints for pane in window.grid.panes):
    program.processEvents()
print(*shown, time.time(), time.process_time(), int("torch" in sys.modules), flush=True)
window.close()
"""


def command(*words: str) -> tuple[float, float]:
    """Seconds of one process: on the clock, of the processor."""
    start, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def window(scan: str) -> dict[str, tuple[float, float]]:
    """The same until the empty window, and until the first painted slice; refuses a start that loads torch."""
    start = time.time()
    done = subprocess.run([sys.executable, "-c", WINDOW, scan], check=True, capture_output=True, text=True)
    shown, shown_cpu, painted, painted_cpu, torch = map(float, done.stdout.split())
    assert not torch, "the window loads torch before it is shown"
    return {"window": (shown - start, shown_cpu), "first_slice": (painted - start, painted_cpu)}


def main() -> None:
    """Print one line of JSON."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    scan = sys.argv[1] if len(sys.argv) > 1 else str(Path(assets()) / "samples" / "icbm152_T1w.nii.gz")
    rounds = [
        {
            "python": command("-c", "pass"),
            "version": command("-m", "app", "--version"),
            "help": command("-m", "app", "--help"),
            "info": command("-m", "app", "info", scan),
            **window(scan),
        }
        for _ in range(ROUNDS)
    ]
    answer: dict[str, object] = {"benchmark": "startup"}
    for name in rounds[0]:
        clock, cpu = (statistics.median(took[name][which] for took in rounds) for which in (0, 1))
        answer |= {f"{name}_s": round(clock, 3), f"{name}_cpu_s": round(cpu, 3)}
    print(json.dumps({**answer, "load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
