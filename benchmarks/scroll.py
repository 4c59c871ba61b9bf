"""Milliseconds from a turn of the wheel to the picture, in a real pane of a real window.

    python benchmarks/scroll.py [SCAN [OTHER]]

With another scan the two are compared, once in every way; each has its own median. Without a display Qt draws off the
screen. The 3-D view is drawn before the clock starts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow, dress
from app.state.mixed import Blend
from app.state.viewer import Layout
from app.widgets.slice_pane import SlicePane
from engine.assets import assets

TURNS = 60


def turn(pane: SlicePane, notches: int) -> QWheelEvent:
    """The event of a wheel over the middle of a pane."""
    middle = QPointF(pane.rect().center())
    return QWheelEvent(
        middle,
        pane.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


def wheel_to_picture(program: QApplication, pane: SlicePane, notches: int) -> float:
    """Milliseconds until the pane has painted the next slice."""
    painted, start = pane.paints, time.perf_counter()
    QApplication.sendEvent(pane, turn(pane, notches))
    while pane.paints == painted:
        program.processEvents()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Print one line of JSON."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    scans = [Path(name) for name in sys.argv[1:]] or [assets() / "samples" / "icbm152_T1w.nii.gz"]
    program = QApplication([])
    dress(program)
    window = MainWindow(None)
    window.show()
    window.open(scans)
    while window.files.busy or not all(pane.picture and pane.paints for pane in window.grid.panes[:3]):
        program.processEvents()
    window.viewing.four_up()
    idle(program, 2)
    print(json.dumps({"benchmark": "scroll", "turns": TURNS, **measured(program, window.grid.panes[0])}))
    if len(scans) > 1:
        compared(program, window)
    window.close()


def idle(program: QApplication, seconds: float) -> None:
    """Let the window do what it does by itself."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        program.processEvents()


def measured(program: QApplication, pane: SlicePane) -> dict[str, float]:
    """Up and down by ten slices in turn."""
    times = [wheel_to_picture(program, pane, 1 if turned % 20 < 10 else -1) for turned in range(TURNS)]
    median, late = (round(float(value), 2) for value in np.percentile(times, [50, 95]))
    return {"median_ms": median, "p95_ms": late}


def compared(program: QApplication, window: MainWindow) -> None:
    """One line of JSON for each way to compare the first two scans, four panes on screen."""
    window.study.compared = window.study.entries[0], window.study.entries[1]
    window.viewer.layout = Layout.COMPARE
    for blend in (Blend.SIDE, Blend.CURTAIN, Blend.CHECKERBOARD, Blend.OVERLAY, Blend.DIFFERENCE):
        window.comparing.blend = blend
        idle(program, 0.5)
        line = {"benchmark": "scroll", "blend": blend.name.lower(), "turns": TURNS}
        print(json.dumps({**line, **measured(program, window.grid.panes[1])}))


if __name__ == "__main__":
    main()
