"""Seconds from the click to three planes of a 256^3 int16 scan, and the memory it takes beside its voxels.

    python -m benchmarks.opening

A small scan is shown first, so that libraries, 3-D view included, are loaded. Memory is what the process holds more,
after the large scan has been shown in all four views, and at its highest meanwhile (Linux).
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from app.main_window import MainWindow
from benchmarks.rooms import large_scan, open_and_wait, program, rest
from tests.phantoms import write_phantom

ROUNDS = 5
RAW = 256**3 * 2


def memory(name: str) -> int:
    """Bytes of this process: "VmRSS" now, "VmHWM" at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    """Print one line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        application = program(folder / "settings")
        small = write_phantom(folder / "small_t1.nii.gz")
        scans = {ending: large_scan(folder, f"large_t1{ending}") for ending in (".nii", ".nii.gz")}
        window = MainWindow(None)
        window.show()
        open_and_wait(window, small)
        rest(2)
        before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        first = open_and_wait(window, scans[".nii"])
        rest(2)
        held, highest = memory("VmRSS") - before, memory("VmHWM") - before
        seconds = {ending: [] for ending in scans}
        for ending in (*scans,) * ROUNDS:
            window.remove()
            seconds[ending].append(open_and_wait(window, scans[ending]))
            rest(0.5)
        answer = {
            "benchmark": "opening",
            "first_s": round(first, 3),
            **{
                f"three_planes{ending.replace('.', '_')}_s": round(statistics.median(t), 3)
                for ending, t in seconds.items()
            },
            "memory_held_x_raw": round(held / RAW, 2),
            "memory_peak_x_raw": round(highest / RAW, 2),
        }
        print(json.dumps(answer))
        window.close()
        application.quit()


if __name__ == "__main__":
    main()
