"""What of a measure lies under a pixel, and what pulling it does."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.grips import Grip, Part, grip_at, handles, outline, pulled
from app.state.measuring import Distance, Region, draw
from app.state.region import Ellipse
from app.state.slicing import resolve
from app.state.viewer import Plane
from tests.app.test_slicing import SIZE, viewing
from tests.phantoms import phantom

LINE = Distance(Plane.AXIAL, (-10.0, 0.5, 0.5), (10.0, 0.5, 0.5))
OVAL = Region(Plane.AXIAL, Ellipse((0.0, 0.5, 0.5), (8.0, 0.0, 0.0), (0.0, 5.0, 0.0)))


def showing(measure):
    viewer, entry = viewing(phantom())
    viewer.crosshair = (0.5, 0.5, 0.5)
    draw(viewer, measure)
    return resolve(viewer, entry, Plane.AXIAL)


@pytest.mark.parametrize("measure", [LINE, OVAL])
def test_every_handle_and_the_line_are_found_and_nothing_far_away(measure):
    picture = showing(measure)
    for number, point in enumerate(handles(measure)):
        x, y = picture.pixel_of(tuple(point), SIZE)
        assert grip_at(picture, x + 4, y + 4, SIZE) == Grip(measure, Part(number))
    between = outline(measure)[9] if measure is OVAL else np.array([1.0, 0.5, 0.5])
    x, y = picture.pixel_of(tuple(between), SIZE)
    assert grip_at(picture, x + 2, y + 2, SIZE) == Grip(measure, Part.ALL)
    assert grip_at(picture, x, y + 100, SIZE) is None


def test_an_end_is_taken_before_the_line_of_another():
    picture = showing(LINE)
    over = Distance(Plane.AXIAL, (-10.0, -9.5, 0.5), (-10.0, 10.5, 0.5))
    viewer, entry = viewing(phantom())
    viewer.crosshair = (0.5, 0.5, 0.5)
    draw(viewer, LINE)
    draw(viewer, over)
    x, y = picture.pixel_of(LINE.start, SIZE)
    assert grip_at(resolve(viewer, entry, Plane.AXIAL), x, y, SIZE) == Grip(LINE, Part.START)


def test_pulling_a_line():
    assert pulled(Grip(LINE, Part.START), (0, 0, 0), (1.0, 2.0, 0.0)) == Distance(
        Plane.AXIAL, (-9.0, 2.5, 0.5), (10.0, 0.5, 0.5)
    )
    moved = pulled(Grip(LINE, Part.ALL), (0, 0, 0), (1.0, 2.0, 0.0))
    assert moved == Distance(Plane.AXIAL, (-9.0, 2.5, 0.5), (11.0, 2.5, 0.5))


@pytest.mark.parametrize(("part", "way"), [(0, (4.0, 1, 0)), (1, (-4.0, 1, 0)), (2, (1, 4.0, 0)), (3, (1, -4.0, 0))])
def test_pulling_an_end_of_an_ellipse_leaves_the_opposite_end(part, way):
    opposite = part ^ 1
    grown = pulled(Grip(OVAL, Part(part)), (0, 0, 0), way)
    assert isinstance(grown, Region)
    assert np.allclose(grown.ellipse.ends[opposite], OVAL.ellipse.ends[opposite])
    assert np.linalg.norm(grown.ellipse.ends[part] - OVAL.ellipse.ends[part]) == pytest.approx(4.0)


def test_an_ellipse_can_be_made_small_but_not_turned_inside_out():
    shrunk = pulled(Grip(OVAL, Part.START), (0, 0, 0), (-100.0, 0.0, 0.0))
    assert isinstance(shrunk, Region)
    assert 0 < np.linalg.norm(shrunk.ellipse.along) < 0.1
    assert np.array(shrunk.ellipse.along)[0] > 0


def test_pulling_an_ellipse_moves_it_whole():
    moved = pulled(Grip(OVAL, Part.ALL), (0, 0, 0), (1.0, 2.0, 0.0))
    assert isinstance(moved, Region)
    assert moved.ellipse == Ellipse((1.0, 2.5, 0.5), OVAL.ellipse.along, OVAL.ellipse.across)
