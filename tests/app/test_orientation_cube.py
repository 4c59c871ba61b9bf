"""The cube: each face where the projection puts its side, its letter never mirrored."""

from __future__ import annotations

import numpy as np
import pytest

from app.render.orientation_cube import faces
from tests.app.test_volume_scene import CAMERAS, HEIGHT, TOWARDS, WIDTH, depth_of, scene
from tests.phantoms import phantom

__all__ = ["scene"]


@pytest.mark.parametrize("turned", CAMERAS)
def test_faces_stand_where_their_sides_are_projected(scene, turned):
    scene.show(depth_of(phantom()))
    scene.turn(*turned)
    middle = np.array(scene.pixel_of((0.0, 0.0, 0.0), WIDTH, HEIGHT))
    seen = faces(scene.facing())
    assert 1 <= len(seen) <= 3
    for face in seen:
        small = np.array(TOWARDS[face.letter]) * 0.5
        way = np.array(scene.pixel_of(tuple(small), WIDTH, HEIGHT)) - middle
        flat = np.array(face.middle)
        if np.linalg.norm(flat) > 0.05:
            assert way @ flat > 0.99 * np.linalg.norm(way) * np.linalg.norm(flat)
        (a, b), (c, d) = face.right, face.up
        assert a * d - b * c < 0, "right and up turn as they do on paper, where y points down"


def test_seen_from_the_front_the_letter_stands_upright(scene):
    scene.show(depth_of(phantom()))
    scene.turn(35.0, -20.0)
    front = next(face for face in faces(scene.facing()) if face.letter == "A")
    assert front.towards > 0.9
    assert front.right[0] > 0.9 and front.up[1] < -0.9
