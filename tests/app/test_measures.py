"""Measures as they are drawn: on the points that they hold, with their words, hidden with the annotations."""

from __future__ import annotations

import numpy as np
import pytest

from app.render.slice_painter import slice_image
from app.state.measuring import draw
from app.state.slicing import resolve
from app.state.viewer import Plane
from tests.app.test_grips import LINE, OVAL
from tests.app.test_slicing import viewing
from tests.phantoms import phantom

SIDES = (420, 310)


def picture_of(measure, annotations=True, drawn=True):
    viewer, entry = viewing(phantom().with_data(np.zeros((48, 56, 40), np.int16)))
    viewer.crosshair, viewer.show_crosshair, viewer.annotations = (0.5, 0.5, 0.5), False, annotations
    if drawn:
        draw(viewer, measure)
    return resolve(viewer, entry, Plane.AXIAL)


def grey(picture) -> np.ndarray:
    image = slice_image(picture, *SIDES)
    return np.frombuffer(image.constBits(), np.uint8).reshape(SIDES[1], SIDES[0], 4)[..., :3].max(axis=2).astype(int)


@pytest.mark.parametrize("measure", [LINE, OVAL])
def test_it_is_drawn_where_its_points_lie(qapp, measure):
    picture = picture_of(measure)
    changed = np.abs(grey(picture) - grey(picture_of(measure, drawn=False))) > 60
    points = measure.ellipse.ends if measure is OVAL else (measure.start, measure.end)
    for point in points:
        x, y = picture.pixel_of(tuple(point), SIDES)
        assert changed[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].any()
    words = changed[:, round(max(picture.pixel_of(tuple(p), SIDES)[0] for p in points)) + 10 :]
    assert words.sum() > 60


def test_it_goes_with_the_annotations(qapp):
    assert np.array_equal(grey(picture_of(LINE, annotations=False)), grey(picture_of(LINE, False, drawn=False)))
