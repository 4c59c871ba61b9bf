"""`respin SCAN`: the program as it is started, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.main_window
from app.main_window import MainWindow, run

def look():
    window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
    if window.study.selected is None or window.grid.panes[0].paints == 0:
        return
    print("shown", window.study.selected.title)
    if FAULT:
        QTimer.singleShot(0, lambda: {}["a fault in a slot"])
    QTimer.singleShot(100, lambda: (print(window.banner.label.text()), window.close()))
    timer.stop()

original = QApplication.exec
def execute(self=None):
    global timer
    timer = QTimer(interval=20)
    timer.timeout.connect(look)
    timer.start()
    return original()
QApplication.exec = execute
sys.exit(run([Path(sys.argv[1])]))
"""


def started(scan: Path, fault: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("FAULT", str(fault)), str(scan)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_window_opens_shows_and_closes(head: Path):
    done = started(head)
    assert done.returncode == 0, done.stderr
    assert "shown T1 real · head_t1" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_fault_in_a_slot_is_told_in_the_banner_and_kept_in_the_log(head: Path):
    done = started(head, fault=True)
    assert done.returncode == 0, done.stderr
    assert "the fault is ours: KeyError" in done.stdout
    log = Path(done.stdout.split("told in ")[1].splitlines()[0])
    assert "a fault in a slot" in log.read_text(encoding="utf-8")
