"""The picture of an unfinished result: never without its badge, however small."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from app.render.preview_painter import paint_preview, preview_slice
from engine.modality import Modality
from engine.preview import Preview
from engine.volume import Volume
from tests.app.test_badge import amber
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom


def painted(width: int, height: int, oriented: bool = True) -> QImage:
    slab = Volume(np.full((40, 48, 4), 400, np.float32), np.eye(4), oriented)
    picture = preview_slice(Preview(Modality.FLAIR, slab), scan_of(phantom()), radiological=True)
    assert picture.badge == "SYNTHETIC FLAIR - AI - not for diagnosis"
    assert (picture.letters is not None) is oriented
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_preview(painter, picture, (width, height))
    painter.end()
    return image


@pytest.mark.parametrize("size", [(216, 190), (120, 90), (60, 40), (400, 100)])
@pytest.mark.parametrize("oriented", [True, False])
def test_the_badge_frames_it_at_any_size(qapp, size, oriented):
    found = amber(painted(*size, oriented))
    assert all(edge.mean() > 0.9 for edge in (found[1], found[-2], found[:, 1], found[:, -2]))
    assert found[3:8, size[0] // 3 : -size[0] // 3].mean() > 0.3
