"""On sharp screens: what is painted and what is clicked agree, at pixel ratios 1, 1.5 and 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, sys
sys.path.insert(0, ".")
import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.state.history import History
from app.state.slicing import resolve
from app.state.viewer import Plane
from app.widgets.slice_pane import SlicePane
from engine.modality import Modality
from tests.app.test_slicing import viewing
from tests.phantoms import lesion_ras, phantom

application = QApplication([])
volume = phantom(modality=Modality.T1CE, noise=0.0)
mark = tuple(lesion_ras(volume))
viewer, entry = viewing(volume)
viewer.annotations = False
answers = []
for plane in Plane:
    viewer.crosshair = mark
    pane = SlicePane(viewer, History())
    pane.resize(333, 277)
    pane.show()
    pane.show_slice(entry, resolve(viewer, entry, plane))
    image = pane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = image.devicePixelRatio()
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 0]
    rows, columns = np.nonzero(data > 0.9 * data.max())
    where = QPoint(round(columns.mean() / ratio), round(rows.mean() / ratio))
    before = viewer.crosshair
    QTest.mouseClick(pane, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert viewer.crosshair != before
    off = np.abs(volume.ijk(viewer.crosshair) - volume.ijk(mark)).max()
    answers.append([ratio, image.width(), rows.size, float(off)])
print(json.dumps(answers))
"""


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_clicking_on_what_is_seen_finds_it(ratio: float):
    environment = {"PATH": "", "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(ratio), "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for found, width, lit, off in json.loads(done.stdout.splitlines()[-1]):
        assert found == ratio and width == round(333 * ratio)
        assert lit > 100 * ratio
        assert off < 1.0, "the click lies within a voxel of the lesion's middle"
