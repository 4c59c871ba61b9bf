"""Milliseconds of a wheel step, in real panes of the real window: one scan in four views, then every way to compare.

    python -m benchmarks.wheel [SCAN [OTHER]]

Without scans, two of 256^3 voxels are made, and a third on a grid of its own. `compute` is what a step costs without
Qt's event loop: from the state to all panes painted. `pixels` is the time from the event until the pane under the
pointer has been painted by the loop. Each as median and 95 percent, on the clock and in time of the processor: where
the two differ, other programs were running. `load` is theirs, over the last minute. The 3-D view is drawn beforehand.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.render.slice_painter import paint_slice
from app.state.comparing import see
from app.state.layout import arrange
from app.state.mixed import Blend
from app.state.viewer import Layout, Plane
from app.widgets.slice_pane import SlicePane
from benchmarks.rooms import large_volume, open_and_wait, program, rest, until
from engine.volume import Volume
from tests.phantoms import write_phantom

TURNS = 40
_WARM = 10
BLENDS = (Blend.SIDE, Blend.CURTAIN, Blend.CHECKERBOARD, Blend.OVERLAY, Blend.DIFFERENCE)


def scans(folder: Path) -> list[Path]:
    """Those of the command line; else two on one grid, and one a third of a voxel beside it."""
    if len(sys.argv) > 1:
        return [Path(name) for name in sys.argv[1:]]
    volume = large_volume()
    aside = volume.affine.copy()
    aside[:3, 3] += 0.3
    made = {"t1": volume, "t2": volume, "flair": Volume(volume.data, aside)}
    return [write_phantom(folder / f"large_{name}.nii", one) for name, one in made.items()]


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


def to_pixels(pane: SlicePane, notches: int) -> None:
    """From the event until the pane has painted the next slice."""
    painted = pane.paints
    QApplication.sendEvent(pane, turn(pane, notches))
    until(lambda: pane.paints > painted)


def compute(window: MainWindow, pane: SlicePane, image: QImage, notches: int) -> None:
    """From the state to every pane of the layout painted."""
    pane.scroll(notches)
    window.grid._later.stop()
    for cell in arrange(window.viewer, window.study, window.comparing.blend):
        if isinstance(cell.view, Plane):
            painter = QPainter(image)
            paint_slice(painter, see(window.viewer, cell, window.comparing), pane.extent)
            painter.end()


def timed(name: str, step: Callable[[int], None]) -> dict[str, float]:
    """Up and down by ten slices in turn, once to warm up."""
    took = np.zeros((_WARM + TURNS, 2))
    for turned in range(_WARM + TURNS):
        before = time.perf_counter(), time.process_time()
        step(1 if turned % 20 < 10 else -1)
        took[turned] = np.subtract((time.perf_counter(), time.process_time()), before) * 1000
    median, late = np.percentile(took[_WARM:], [50, 95], axis=0).round(2).tolist()
    return {
        f"{name}_median_ms": median[0],
        f"{name}_p95_ms": late[0],
        f"{name}_cpu_median_ms": median[1],
        f"{name}_cpu_p95_ms": late[1],
    }


def measured(window: MainWindow) -> dict[str, float]:
    """Both times of the layout that stands, each from the middle: at the last slice, no turn gives a picture."""
    window.viewer.reset()
    rest(0.5)
    pane = window.grid.panes[0]
    image = QImage(pane.size(), QImage.Format.Format_RGB32)
    computing = timed("compute", partial(compute, window, pane, image))
    window.viewer.reset()
    rest(0.5)
    return computing | timed("pixels", partial(to_pixels, pane))


def main() -> None:
    """Print one line of JSON for each way to look."""
    with tempfile.TemporaryDirectory() as name:
        application = program(Path(name) / "settings")
        window = MainWindow(None)
        window.resize(1600, 900)
        window.show()
        for scan in scans(Path(name)):
            open_and_wait(window, scan)
        rest(2)
        first, *others = window.study.entries
        window.study.selected = first
        pane = window.grid.panes[0]
        common = {"benchmark": "wheel", "turns": TURNS, "shape": first.scan.volume.shape}
        tell = lambda way, times: print(json.dumps({**common, "way": way, **times, "load": os.getloadavg()[0]}))  # noqa: E731
        tell("four-up", {"pane": pane.size().toTuple(), **measured(window)})
        for other, grid in zip(others, ("", ", grid of its own"), strict=False):
            window.study.compared, window.viewer.layout = (first, other), Layout.COMPARE
            for window.comparing.blend in BLENDS:
                tell(f"{window.comparing.blend.name.lower()}{grid}", measured(window))
        window.close()
        application.quit()


if __name__ == "__main__":
    main()
