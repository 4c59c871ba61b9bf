"""The 3-D picture: it shows the patient the right way round, however the scan is stored."""

from __future__ import annotations

import numpy as np
import pytest

from app.render.volume_scene import VolumeScene
from engine.volume import Volume
from tests.phantoms import lesion_ras, phantom


@pytest.fixture
def scene(qapp):
    shown = VolumeScene()
    yield shown
    shown.close()


def grey(scene: VolumeScene) -> np.ndarray:
    image = scene.picture(240, 200)
    return np.frombuffer(image.constBits(), np.uint8).reshape(200, 240, 4)[..., :3].mean(axis=2)


def ball(orientation: str) -> Volume:
    """Only a ball, where the phantom's lesion is, in a faint box."""
    head = phantom(orientation=orientation, noise=0.0)
    grid = head.ras(np.moveaxis(np.indices(head.shape), 0, -1))
    distance = np.linalg.norm(grid - lesion_ras(head), axis=-1)
    return head.with_data(np.where(distance < 6, 1000, (head.data > 0) * 110).astype(np.int16))


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR", "SLP", "AIR"])
def test_the_patients_right_is_left_and_the_top_is_up(scene, orientation):
    scene.show(ball(orientation))
    scene.turn(35.0, 0.0)
    rows, columns = np.nonzero(grey(scene) > 120)
    assert rows.size > 50
    assert columns.mean() < 115 and rows.mean() < 95


def test_turning_and_zooming_change_the_picture(scene):
    scene.show(phantom())
    pictures = [grey(scene)]
    scene.turn(40, 10)
    pictures.append(grey(scene))
    scene.zoom(1.5)
    pictures.append(grey(scene))
    scene.front()
    assert (pictures[0] > 30).mean() > 0.15
    assert np.abs(pictures[1] - pictures[0]).max() > 20
    assert (pictures[2] > 30).mean() > 1.3 * (pictures[1] > 30).mean()
    assert np.abs(grey(scene) - pictures[0]).max() < 2


def test_the_processor_is_not_asked_for_more_than_it_can_draw_in_time(scene):
    scene.show(phantom())
    width, height = scene.affordable(2000, 1000, moving=False)
    assert width * height <= 165_000 and width / height == pytest.approx(2.0, rel=0.02)
    assert scene.affordable(2000, 1000, moving=True)[0] < width
    assert scene.affordable(300, 200, moving=False) == (300, 200)
