"""The 3-D view is badged like every other, whatever it shows and however small it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from app.render.volume_painter import paint_volume
from app.render.volume_scene import VolumeScene
from app.state.depth import Cut, Depth, Look, in_depth
from app.state.study import Entry
from tests.app.test_badge import amber, is_badged
from tests.app.test_slicing import scan_of, viewing
from tests.phantoms import phantom


@pytest.fixture(scope="module")
def scene(qapp):
    shown = VolumeScene()
    yield shown
    shown.close()


def painted(scene: VolumeScene, depth: Depth, size: tuple[int, int]) -> QImage:
    scene.show(depth)
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_volume(painter, scene.picture(*size), depth, scene.facing(), (float(size[0]), float(size[1])))
    painter.end()
    return image


def seen(synthetic: bool, **wanted) -> Depth:
    viewer, _ = viewing(phantom())
    for name, value in wanted.items():
        setattr(viewer, name, value)
    return in_depth(viewer, Entry.of(scan_of(phantom(), synthetic)))


@pytest.mark.parametrize("size", [(420, 310), (120, 100)])
@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("cut", [None, Cut.AXIAL, Cut.VIEWER])
@pytest.mark.parametrize("look", Look)
def test_synthetic_data_is_badged_in_every_look_and_cut(scene, look, cut, planes, size):
    depth = seen(True, look=look, cut=cut, planes_in_depth=planes)
    assert is_badged(painted(scene, depth, size))
    assert is_badged(painted(scene, replace(depth, annotations=False), size))


def test_it_is_badged_before_anything_is_drawn(qapp):
    depth = seen(True)
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_volume(painter, QImage(), depth, None, (300.0, 200.0))
    painter.end()
    assert is_badged(image)


def test_a_real_scan_has_no_amber(scene):
    assert not amber(painted(scene, seen(False, planes_in_depth=True), (420, 310))).any()


def test_without_orientation_there_are_no_letters_and_no_cube(scene):
    depth = seen(False)
    unknown = replace(depth, scan=replace(depth.scan, volume=replace(depth.scan.volume, oriented=False)))
    corner = []
    for shown in (depth, unknown):
        image = painted(scene, shown, (420, 310)).copy(0, 220, 84, 90)
        corner.append(np.frombuffer(image.constBits(), np.uint8).max())
    assert corner[0] > 100 and corner[1] < 40
