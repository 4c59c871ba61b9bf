"""Seconds until Respin is there: the command line, `respin info`, and the window with a scan on screen.

    python benchmarks/startup.py [SCAN]

Every number is the median of five fresh processes. Without a display Qt draws off the screen.
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
from PySide6.QtWidgets import QApplication
from app.main_window import MainWindow, dress
from engine.bundle import bundles, open_bundle
program = QApplication([])
dress(program)
window = MainWindow(open_bundle() if bundles() else None)
window.show()
program.processEvents()
shown = time.time()
window.open([Path(sys.argv[1])])
while not any(pane.picture and pane.paints for pane in window.grid.panes):
    program.processEvents()
print(shown, time.time(), int("torch" in sys.modules), flush=True)
window.close()
"""


def seconds(*words: str) -> float:
    """Wall time of one process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def window(scan: str) -> tuple[float, float, int]:
    """Seconds until the empty window, until the first painted slice, and whether torch was loaded by then."""
    start = time.time()
    done = subprocess.run([sys.executable, "-c", WINDOW, scan], check=True, capture_output=True, text=True)
    shown, painted, torch = done.stdout.split()
    return float(shown) - start, float(painted) - start, int(torch)


def main() -> None:
    """Print one line of JSON."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    scan = sys.argv[1] if len(sys.argv) > 1 else str(Path(assets()) / "samples" / "icbm152_T1w.nii.gz")
    windows = [window(scan) for _ in range(ROUNDS)]
    answer = {
        "benchmark": "startup",
        "version_s": statistics.median(seconds("-m", "app", "--version") for _ in range(ROUNDS)),
        "info_s": statistics.median(seconds("-m", "app", "info", scan) for _ in range(ROUNDS)),
        "window_s": statistics.median(shown for shown, _, _ in windows),
        "first_slice_s": statistics.median(painted for _, painted, _ in windows),
        "torch_loaded": bool(max(torch for _, _, torch in windows)),
    }
    print(json.dumps({name: round(value, 3) if isinstance(value, float) else value for name, value in answer.items()}))


if __name__ == "__main__":
    main()
