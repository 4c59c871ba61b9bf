"""The 3-D picture: it shows the patient the right way round, however the scan is stored, cut and turned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.render.volume_scene import VolumeScene
from app.state.depth import Cut, Depth, Look, in_depth
from app.state.slicing import sides
from app.state.window_level import WindowLevel
from engine.volume import Volume
from tests.app.test_region import SHEARED
from tests.app.test_slicing import viewing
from tests.phantoms import lesion_ras, phantom

WIDTH, HEIGHT = 240, 200
CAMERAS = ((0.0, 0.0), (35.0, 0.0), (-80.0, 30.0), (200.0, -25.0), (10.0, 60.0), (120.0, -70.0))
"""Degrees that the head is turned from the first view."""

TOWARDS = {"R": (1, 0, 0), "L": (-1, 0, 0), "A": (0, 1, 0), "P": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}


@pytest.fixture
def scene(qapp):
    shown = VolumeScene()
    yield shown
    shown.close()


def depth_of(volume: Volume, **wanted) -> Depth:
    viewer, entry = viewing(volume)
    for name, value in wanted.items():
        setattr(viewer, name, value)
    return in_depth(viewer, entry)


def grey(scene: VolumeScene) -> np.ndarray:
    image = scene.picture(WIDTH, HEIGHT)
    return np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3].mean(axis=2)


def ball(head: Volume, middle: np.ndarray) -> Volume:
    """Only a ball about a world point, in a faint box."""
    distance = np.linalg.norm(head.ras(np.moveaxis(np.indices(head.shape), 0, -1)) - middle, axis=-1)
    return head.with_data(np.where(distance < 6, 1000, (head.data > 0) * 110).astype(np.int16))


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR", "SLP", "AIR"])
@pytest.mark.parametrize("look", [Look.SURFACE, Look.MIP])
def test_the_patients_right_is_left_and_the_top_is_up(scene, look, orientation):
    head = phantom(orientation=orientation, noise=0.0)
    scene.show(depth_of(ball(head, lesion_ras(head)), look=look))
    scene.turn(35.0, 0.0)
    rows, columns = np.nonzero(grey(scene) > 120)
    assert rows.size > 50
    assert columns.mean() < 115 and rows.mean() < 95


@pytest.mark.parametrize("turned", CAMERAS)
def test_letters_stand_where_their_side_of_the_world_is_projected(scene, turned):
    scene.show(depth_of(phantom()))
    scene.turn(*turned)
    facing = scene.facing()
    seen = sides(np.array(facing.right), -np.array(facing.up))
    middle = np.array(scene.pixel_of((0.0, 0.0, 0.0), WIDTH, HEIGHT))
    for letters, outwards in ((seen.left, (-1, 0)), (seen.right, (1, 0)), (seen.top, (0, -1)), (seen.bottom, (0, 1))):
        for letter in letters:
            point = np.array(TOWARDS[letter]) * 15.0
            assert (np.array(scene.pixel_of(tuple(point), WIDTH, HEIGHT)) - middle) @ outwards > 1, letters


@pytest.mark.parametrize("turned", CAMERAS[:4])
@pytest.mark.parametrize("side", TOWARDS)
def test_what_is_drawn_lies_where_the_projection_says(scene, side, turned):
    head = phantom(noise=0.0)
    at = np.array(TOWARDS[side]) * 12.0
    scene.show(depth_of(ball(head, at), look=Look.MIP))
    scene.turn(*turned)
    rows, columns = np.nonzero(grey(scene) > 120)
    assert (columns.mean(), rows.mean()) == pytest.approx(scene.pixel_of(tuple(at), WIDTH, HEIGHT), abs=3)


def test_a_sheared_scan_is_drawn_where_its_affine_says(scene):
    box = Volume(np.full((40, 44, 18), 100, np.int16), SHEARED)
    for at in ((8, 9, 4), (31, 35, 13)):
        volume = ball(box, box.ras(at))
        scene.show(depth_of(volume, look=Look.MIP))
        rows, columns = np.nonzero(grey(scene) > 120)
        assert (columns.mean(), rows.mean()) == pytest.approx(
            scene.pixel_of(tuple(box.ras(at)), WIDTH, HEIGHT), abs=3
        ), at


@pytest.mark.parametrize("cut", [Cut.AXIAL, Cut.CORONAL, Cut.SAGITTAL])
@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("sheared", [False, True])
def test_the_clip_plane_takes_away_one_side(scene, cut, flipped, sheared):
    head = Volume(np.full((40, 44, 18), 100, np.int16), SHEARED) if sheared else phantom(noise=0.0)
    middle = head.centre
    for side in (-1, 1):
        away = np.zeros(3)
        away[cut.value] = side * 10
        scene.show(
            depth_of(ball(head, middle + away), look=Look.MIP, cut=cut, cut_flipped=flipped, crosshair=tuple(middle))
        )
        kept = side == (1 if cut is Cut.SAGITTAL else -1) * (-1 if flipped else 1)
        assert (np.count_nonzero(grey(scene) > 120) > 30) == kept, side


@pytest.mark.parametrize("flipped", [False, True])
def test_a_cut_towards_the_viewer_turns_with_the_camera(scene, flipped):
    head = phantom(noise=0.0)
    scene.show(depth_of(ball(head, np.array([0.0, 15.0, 0.0])), look=Look.MIP, cut=Cut.VIEWER, cut_flipped=flipped))
    scene.turn(35.0, -20.0)
    assert (np.count_nonzero(grey(scene) > 120) > 30) == flipped, "the front of the head, seen from the front"
    scene.turn(180.0, 0.0)
    assert (np.count_nonzero(grey(scene) > 120) > 30) != flipped, "the same, seen from behind"


def test_a_projection_shows_the_brightest_whatever_lies_before_it(scene):
    head = phantom(noise=0.0)
    alone = head.with_data(np.zeros(head.shape, np.int16))
    alone.data[23:26, 27:30, 19:22] = 4000
    alone.data[0, 0, 0] = alone.data[-1, -1, -1] = 1
    hidden = head.with_data(np.where(alone.data > 1, alone.data, np.minimum(head.data, 300)))
    seen = []
    for volume in (alone, hidden):
        depth = replace(depth_of(volume, look=Look.MIP), window_level=WindowLevel.between(0, 3000))
        scene.show(depth)
        scene.front()
        seen.append(grey(scene))
    where = seen[0] > 0.99 * seen[0].max()
    assert where.sum() > 4
    assert np.abs(seen[1][where] - seen[0][where]).max() < 6
    scene.show(depth_of(hidden, look=Look.SURFACE))
    assert np.abs(grey(scene)[where] - seen[0][where]).max() > 20, "the test can fail: a surface hides it"


@pytest.mark.parametrize("look", [Look.SURFACE, Look.TRANSLUCENT, Look.MIP])
def test_brightness_follows_the_window(scene, look):
    depth = depth_of(phantom(), look=look)
    scene.show(depth)
    before = grey(scene)
    wider = WindowLevel(depth.window_level.window * 2, depth.window_level.level * 2)
    scene.show(replace(depth, window_level=wider))
    after = grey(scene)
    assert after.sum() < 0.85 * before.sum()
    assert ((after > 4) <= (before > 4)).mean() > 0.99, "darker, and nothing else appears"


def test_the_three_planes_hold_the_slices_of_the_crosshair(scene):
    head = phantom(noise=0.0)
    mark = lesion_ras(head)
    scene.show(depth_of(head, look=Look.NOTHING, crosshair=tuple(mark)))
    picture = grey(scene)
    assert (picture > 40).mean() > 0.1
    away = mark + np.array([0.0, 0.0, -10.0])
    scene.show(depth_of(head, look=Look.NOTHING, crosshair=tuple(away)))
    assert np.abs(grey(scene) - picture).max() > 60


def test_a_plane_lies_in_front_of_what_the_cut_uncovers(scene):
    """The slice is flat and evenly lit: it has the greys of its voxels."""
    head = phantom(noise=0.0)
    depth = depth_of(head, cut=Cut.AXIAL, planes_in_depth=True, crosshair=(0.5, 0.5, 0.5))
    scene.show(replace(depth, slices=(None, None, depth.slices[2]), window_level=WindowLevel.between(0, 1200)))
    scene.turn(0.0, 60.0)
    x, y = scene.pixel_of((12.5, 0.5, 0.5), WIDTH, HEIGHT)
    assert grey(scene)[round(y), round(x)] == pytest.approx(600 / 1200 * 255, abs=4)


def test_turning_zooming_and_moving_change_the_picture(scene):
    scene.show(depth_of(phantom()))
    pictures = [grey(scene)]
    scene.turn(40, 10)
    pictures.append(grey(scene))
    scene.zoom(1.5)
    pictures.append(grey(scene))
    before = scene.pixel_of((0.0, 0.0, 0.0), WIDTH, HEIGHT)
    scene.pan(0.1, -0.2)
    after = scene.pixel_of((0.0, 0.0, 0.0), WIDTH, HEIGHT)
    assert np.subtract(after, before) == pytest.approx((0.1 * HEIGHT, -0.2 * HEIGHT), abs=1)
    scene.front()
    assert (pictures[0] > 30).mean() > 0.15
    assert np.abs(pictures[1] - pictures[0]).max() > 20
    assert (pictures[2] > 30).mean() > 1.3 * (pictures[1] > 30).mean()
    assert np.abs(grey(scene) - pictures[0]).max() < 2


def test_another_contrast_of_the_same_head_keeps_the_camera(scene):
    scene.show(depth_of(phantom()))
    scene.turn(60, 10)
    facing = scene.facing()
    scene.show(depth_of(phantom(seed=3, orientation="LPS")))
    assert np.allclose(scene.facing().nearer, facing.nearer)
    scene.show(depth_of(phantom(shift=(200.0, 0, 0))))
    assert not np.allclose(scene.facing().nearer, facing.nearer)
