"""The second scan stands where the world says, whatever its grid."""

import numpy as np
import pytest

from app.state.frame import same_grid
from app.state.resampling import onto
from app.state.slicing import resolve
from app.state.viewer import Plane
from engine.volume import Volume
from tests.app.test_slicing import viewing
from tests.phantoms import phantom


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("orientation", ["RAS", "PIR", "SLP"])
def test_on_the_same_grid_nothing_is_computed(plane, orientation):
    volume = phantom(orientation=orientation)
    viewer, entry = viewing(volume)
    picture = resolve(viewer, entry, plane)
    twin = Volume(volume.data.copy(), volume.affine.copy())
    found = onto(picture, twin)
    assert found.dtype == volume.data.dtype and found.base is not None
    assert np.array_equal(found, picture.pixels)


@pytest.mark.parametrize("plane", Plane)
def test_another_order_of_axes_gives_the_same_pixels(plane):
    viewer, entry = viewing(phantom(noise=0.0))
    picture = resolve(viewer, entry, plane)
    found = onto(picture, phantom(orientation="PIR", noise=0.0))
    assert np.allclose(found, picture.pixels, atol=1e-2)


@pytest.mark.parametrize("plane", Plane)
def test_every_pixel_of_an_oblique_scan_is_its_intensity_at_that_world_point(plane):
    viewer, entry = viewing(phantom((30, 34, 28), (1.5, 1.2, 1.7)))
    other = phantom((40, 44, 36), orientation="LPI", rotation=17.0, shift=(2, -3, 1))
    picture = resolve(viewer, entry, plane)
    found = onto(picture, other)
    rows, columns = found.shape
    for row, column in ((rows // 2, columns // 2), (rows // 3, columns // 4), (rows - 4, columns // 2), (0, 0)):
        ijk = picture.plate.ijk @ [column, row, 1]
        ijk[picture.plate.normal] = picture.index
        expected = other.intensity(entry.scan.volume.ras(ijk))
        if expected is None:
            assert np.isnan(found[row, column])
        else:
            assert found[row, column] == pytest.approx(expected, abs=0.1)


def test_outside_is_no_number():
    viewer, entry = viewing(phantom())
    found = onto(resolve(viewer, entry, Plane.AXIAL), phantom(shift=(20, 0, 0)))
    assert np.isnan(found).any() and np.isfinite(found).any()


def test_a_crosshair_outside_gives_an_empty_picture():
    viewer, entry = viewing(phantom())
    viewer.crosshair = (0.0, 0.0, 900.0)
    assert onto(resolve(viewer, entry, Plane.AXIAL), phantom(rotation=5.0)).size == 0


def test_a_grid_is_the_same_to_a_hundredth_of_a_millimetre():
    volume = phantom()
    moved = volume.affine.copy()
    moved[0, 3] += 0.005
    assert same_grid(volume, Volume(volume.data, moved))
    moved[0, 3] += 0.1
    assert not same_grid(volume, Volume(volume.data, moved))
    assert not same_grid(volume, Volume(volume.data[:-1], volume.affine))


def test_a_single_slice_can_be_sampled():
    viewer, entry = viewing(phantom((48, 56, 41)))
    viewer.crosshair = (0.0, 0.0, 0.0)
    assert np.isfinite(onto(resolve(viewer, entry, Plane.AXIAL), phantom((24, 28, 1), (2, 2, 40)))).any()
