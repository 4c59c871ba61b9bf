"""Milliseconds from a turn of the wheel to the picture, in a real pane of a real window.

    python -m benchmarks.wheel [SCAN]

Without a scan, one of 256^3 voxels is made. The 3-D view is drawn before the clock starts. `compute` is what a turn
costs in three panes without Qt's event loop: from the state to the painted picture, in time of the processor,
so that other programs do not count.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.render.slice_painter import paint_slice
from app.state.slicing import resolve
from app.state.viewer import Plane
from app.widgets.slice_pane import SlicePane
from benchmarks.rooms import large_scan, open_and_wait, program, rest, until

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


def wheel_to_picture(pane: SlicePane, notches: int) -> float:
    """Milliseconds until the pane has painted the next slice."""
    painted, start = pane.paints, time.perf_counter()
    QApplication.sendEvent(pane, turn(pane, notches))
    until(lambda: pane.paints > painted)
    return 1000 * (time.perf_counter() - start)


def computed(window: MainWindow, pane: SlicePane, notches: int) -> float:
    """Milliseconds of the processor for resolving and painting three planes after one step."""
    pane.scroll(notches)
    entry = window.study.selected
    assert entry is not None
    images = [QImage(pane.size(), QImage.Format.Format_RGB32) for _ in Plane]
    start = time.process_time()
    for plane, image in zip(Plane, images, strict=True):
        painter = QPainter(image)
        paint_slice(painter, resolve(window.viewer, entry, plane), pane.extent)
        painter.end()
    return 1000 * (time.process_time() - start)


def told(times: list[float], name: str) -> dict[str, float]:
    """Median and 95 percent."""
    median, late = np.percentile(times, [50, 95])
    return {f"{name}_median_ms": round(float(median), 2), f"{name}_p95_ms": round(float(late), 2)}


def main() -> None:
    """Print one line of JSON."""
    with tempfile.TemporaryDirectory() as name:
        application = program(Path(name) / "settings")
        scan = Path(sys.argv[1]) if len(sys.argv) > 1 else large_scan(Path(name))
        window = MainWindow(None)
        window.show()
        open_and_wait(window, scan)
        rest(2)
        pane = window.grid.panes[0]
        ways = [1 if turned % 20 < 10 else -1 for turned in range(TURNS)]
        seen = told([wheel_to_picture(pane, way) for way in ways], "wheel")
        bare = told([computed(window, pane, way) for way in ways], "compute")
        print(json.dumps({"benchmark": "wheel", "turns": TURNS, **seen, **bare}))
        window.close()
        application.quit()


if __name__ == "__main__":
    main()
