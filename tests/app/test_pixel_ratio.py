"""On sharp screens: a click on any device pixel picks the voxel that is painted there, at pixel ratios 1, 1.5 and 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

VOXELS = ((24, 28, 20), (9, 41, 13), (40, 8, 30), (13, 13, 7))
"""Those that are lit, one at a time."""

PROGRAM = """
import json, sys
sys.path.insert(0, ".")
import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from app.state.history import History
from app.state.slicing import resolve
from app.state.viewer import Plane
from app.state.window_level import WindowLevel
from app.widgets.slice_pane import SlicePane
from tests.app.test_slicing import viewing
from tests.phantoms import phantom

def send(pane, kind, at, held):
    button, no_key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(pane, QMouseEvent(kind, at, pane.mapToGlobal(at), button, held, no_key))

def click(pane, x, y):
    send(pane, QEvent.Type.MouseButtonPress, QPointF(x, y), Qt.MouseButton.LeftButton)
    send(pane, QEvent.Type.MouseButtonRelease, QPointF(x, y), Qt.MouseButton.NoButton)

def lit(pane):
    image = pane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 0]
    return image.devicePixelRatio(), image.width(), np.argwhere(data > 200)

application = QApplication([])
head = phantom(noise=0.0)
answers = []
for voxel in json.loads(sys.argv[1]):
    data = (head.data > 0).astype(np.int16)
    data[tuple(voxel)] = 100
    volume = head.with_data(data)
    viewer, entry = viewing(volume)
    entry.window_level = WindowLevel.between(0, 100)
    viewer.annotations = viewer.interpolate = False
    for plane in Plane:
        viewer.crosshair = tuple(volume.ras(voxel))
        pane = SlicePane(viewer, History())
        pane.resize(333, 277)
        pane.show()
        picture = resolve(viewer, entry, plane)
        pane.show_slice(entry, picture)
        ratio, width, pixels = lit(pane)
        off = 0.0
        for row, column in pixels:
            click(pane, column / ratio, row / ratio)
            off = max(off, float(np.abs(volume.ijk(viewer.crosshair) - voxel).max()))
        answers.append([ratio, width, len(pixels), picture.scale(pane.extent), off])
print(json.dumps(answers))
"""


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_every_device_pixel_picks_the_voxel_painted_there(ratio: float):
    environment = {"PATH": "", "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(ratio), "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(VOXELS)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    assert len(answers) == 3 * len(VOXELS)
    for found, width, lit, scale, off in answers:
        assert found == ratio and width == round(333 * ratio)
        assert lit == pytest.approx((scale * ratio) ** 2, rel=0.5), "pixels of one voxel of 1 mm"
        assert off < 0.505, "in the voxel, but for pixels whose middle is its very border"
