"""A map of uncertainty says what its numbers mean: a level and on whom it was calibrated, or that it was not."""

from dataclasses import replace

import pytest

from app.render.color_bar import scale_of
from app.render.slice_painter import slice_image
from app.state.comparing import Comparing, see
from app.state.doubt import Doubt
from app.state.layout import arrange
from app.state.mixed import Blend
from app.state.study import Entry
from tests.app.test_badge import is_badged
from tests.app.test_comparing import looking, pair
from tests.phantoms import phantom

CALIBRATED = {"level": 0.9, "median": 84.0, "calibrated_on": ["a", "b", "c"], "words": "90 % of voxels within ±84"}


def shown(told: dict | None):
    """The picture of a result with its map over it."""
    source, result = pair()
    assert result.synthesis is not None
    record = result.synthesis.record | ({"uncertainty": told} if told else {})
    synthesis = replace(result.synthesis, uncertainty=phantom(seed=3), record=record)
    viewer, study = looking(source, Entry.made(synthesis, source))
    cell = arrange(viewer, study, Blend.UNCERTAINTY)[-1]
    return see(viewer, cell, Comparing(Blend.UNCERTAINTY))


def test_a_calibrated_map_tells_level_and_subjects():
    picture = shown(CALIBRATED)
    scale = scale_of(picture)
    assert scale is not None and picture.mixed is not None
    assert scale[1][0].startswith("90 % within ±")
    assert picture.mixed.names[1] == "uncertainty, calibrated on 3 subjects"
    assert picture.mixed.caution == ""


@pytest.mark.parametrize("told", [None, {"level": None, "calibrated_on": [], "words": "Standard deviation"}])
def test_any_other_map_says_that_it_is_not_calibrated(told):
    picture = shown(told)
    scale = scale_of(picture)
    assert scale is not None and picture.mixed is not None
    assert scale[1][0].startswith("SD ")
    assert picture.mixed.caution.startswith("Not calibrated")


@pytest.mark.parametrize("told", [None, CALIBRATED])
def test_the_badge_stays(qapp, told):
    assert is_badged(slice_image(shown(told), 480, 360))


def test_what_nobody_told_is_not_calibrated():
    assert Doubt().bound("12") == "SD 12"
    assert Doubt(0.8, 5).bound("12") == "80 % within ±12"
