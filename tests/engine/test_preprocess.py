"""From the scan's grid to the model's and back onto the same voxels."""

import numpy as np
import pytest

from engine.errors import UnsupportedScan
from engine.preprocess import SDS_TO_FLOOR, Placement, from_model, tissue, to_model
from engine.presets import Grid
from engine.volume import Array, Volume
from tests.phantoms import LESION, lesion_ras, phantom

GRIDS = [
    ((48, 56, 40), (1, 1, 1), "RAS", 0),
    ((48, 56, 40), (1, 1, 1), "LPS", 0),
    ((48, 56, 40), (1, 1, 1), "ASR", 20),
    ((60, 70, 20), (0.8, 0.8, 3), "LPS", 0),
    ((30, 70, 60), (3, 0.9, 0.9), "PIR", 15),
    ((96, 112, 80), (0.5, 0.5, 0.5), "SRP", 0),
    ((24, 28, 20), (2, 2, 2), "IPL", -35),
]
grids = pytest.mark.parametrize(("shape", "spacing", "orientation", "rotation"), GRIDS)


def intensities(array: Array, placement: Placement) -> Array:
    """Model units back in the units of the scan, background 0."""
    values = (array - 1) * SDS_TO_FLOOR * placement.sd + placement.mean
    return np.where(array != 0, values, 0).astype(np.float32)


@grids
def test_a_network_that_changes_nothing_gives_the_scan_back(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], orientation: str, rotation: float
):
    scan = phantom(shape, spacing, orientation, rotation=rotation, shift=(5, -8, 13), noise=0)
    array, placement = to_model(scan, Grid())
    back = from_model(intensities(array, placement), scan, placement)
    assert back.shape == scan.shape
    assert back.affine is scan.affine
    brain = scan.data != 0
    np.testing.assert_array_equal(back.data != 0, brain)
    error = np.abs(back.data - scan.data)[brain]
    exact = spacing == (1, 1, 1)
    # Interpolating there and back softens the borders between tissues, and nothing else.
    assert np.median(error) < (1e-2 if exact else 15)
    assert np.mean(error > 150) < (1e-9 if exact else 0.05)


@grids
def test_the_mark_lies_at_one_place_in_the_patient(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], orientation: str, rotation: float
):
    """The lesion sits right, in front and on top: any flip or exchange of axes moves it."""
    scan = phantom(shape, spacing, orientation, rotation=rotation, shift=(5, -8, 13), noise=0)
    array, placement = to_model(scan, Grid())
    model = Volume(intensities(array, placement), placement.affine(scan))
    assert model.orientation == "RAS"
    middle = np.array((5, -8, 13)) + np.array(LESION) * np.array(shape) * spacing / 2
    mirrored = np.array((5, -8, 13)) + np.array(LESION) * (-1, 1, 1) * np.array(shape) * spacing / 2
    assert model.intensity(middle) == pytest.approx(330, abs=2)
    assert model.intensity(mirrored) == pytest.approx(600, abs=2)
    result = from_model(intensities(array, placement), scan, placement)
    assert result.intensity(middle) == pytest.approx(330, abs=40)
    assert result.intensity(mirrored) == pytest.approx(600, abs=40)


def test_a_mark_made_in_the_model_grid_lands_on_its_place_in_the_scan():
    scan = phantom((60, 70, 30), (0.9, 0.9, 2), "LPS", shift=(3, 4, 5))
    array, placement = to_model(scan, Grid())
    at = lesion_ras(scan)
    voxel = np.rint(Volume(array, placement.affine(scan)).ijk(at)).astype(int)
    made = (array != 0).astype(np.float32)
    made[tuple(slice(v - 2, v + 3) for v in voxel)] = 50
    result = from_model(made, scan, placement)
    found = np.argwhere(result.data > 25)
    assert len(found) > 0
    np.testing.assert_allclose(result.ras(found.mean(0)), at, atol=1)


def test_units_are_one_plus_a_quarter_of_the_z_score_and_background_is_0():
    scan = phantom()
    array, placement = to_model(scan, Grid())
    inside = scan.data[scan.data != 0]
    assert (placement.mean, placement.sd) == (pytest.approx(inside.mean()), pytest.approx(inside.std()))
    values = array[array != 0]
    assert values.size == inside.size
    assert values.mean() == pytest.approx(1, abs=1e-4)
    assert values.std() == pytest.approx(1 / SDS_TO_FLOOR, abs=1e-4)


def test_units_do_not_depend_on_the_scale_of_the_scan():
    scan = phantom()
    other = scan.with_data(np.where(scan.data != 0, 3.5 * scan.data.astype(np.float32) + 100, 0))
    np.testing.assert_allclose(to_model(other, Grid())[0], to_model(scan, Grid())[0], atol=1e-4)


@pytest.mark.parametrize("grid", [Grid(), Grid(spacing=1.5, multiple=8, margin=2)])
def test_the_model_grid_is_the_foreground_box_with_its_margin_rounded_up(grid: Grid):
    scan = phantom((70, 50, 60), (1, 1.2, 2))
    array, placement = to_model(scan, grid)
    assert all(side % grid.multiple == 0 for side in array.shape)
    model_affine = placement.affine(scan)
    np.testing.assert_allclose(np.linalg.norm(model_affine[:3, :3], axis=0), grid.spacing, rtol=2e-3)
    where = np.argwhere(array != 0)
    assert where.min() >= grid.margin - 1
    assert np.all(where.max(0) <= np.array(array.shape) - grid.margin)
    assert np.all(np.array(array.shape) < np.ptp(where, axis=0) + 2 * grid.margin + grid.multiple + 4)


def test_the_rim_of_the_brain_does_not_darken_on_the_way_back():
    scan = phantom((80, 90, 70), (0.6, 0.6, 0.6), noise=0)
    array, placement = to_model(scan, Grid())
    back = from_model((array != 0).astype(np.float32), scan, placement)
    np.testing.assert_allclose(back.data[scan.data != 0], 1, atol=0.02)


def test_numbers_that_are_none_are_background():
    scan = phantom()
    data = scan.data.astype(np.float32)
    data[:10], data[20, 20, 20] = np.nan, np.inf
    holed = scan.with_data(data)
    array, placement = to_model(holed, Grid())
    assert np.all(np.isfinite(array))
    back = from_model(np.ones_like(array), holed, placement)
    assert np.all(back.data[:10] == 0)
    assert back.data[20, 20, 20] == 0
    assert np.all(np.isfinite(back.data))


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.9, 0.9, 1.2)])
def test_fluid_that_the_file_holds_as_0_is_tissue(spacing: tuple[float, float, float]):
    scan = phantom((64, 64, 64), spacing, noise=0)
    middle = tuple(side // 2 for side in scan.shape)
    data = scan.data.copy()
    pool = tuple(slice(at - 2, at + 3) for at in middle)
    assert np.all(data[pool] != 0)
    data[pool] = 0
    holed = scan.with_data(data)
    array, placement = to_model(holed, Grid())
    before, _ = to_model(scan, Grid())
    assert np.array_equal(array != 0, before != 0)
    assert placement.mean == pytest.approx(data[data != 0].mean())
    back = from_model((array != 0).astype(np.float32), holed, placement)
    assert np.array_equal(back.data != 0, scan.data != 0)
    assert array[array != 0].min() < before[before != 0].min()


@pytest.mark.parametrize("value", [0, 7])
def test_a_constant_scan_is_refused(value: int):
    with pytest.raises(UnsupportedScan, match="constant"):
        to_model(Volume(np.full((20, 20, 20), value, np.int16), np.eye(4)), Grid())


def test_a_single_slice_is_refused():
    scan = phantom()
    with pytest.raises(UnsupportedScan, match="single slice"):
        to_model(Volume(scan.data[:, :, 20:21], scan.affine), Grid())


def test_a_voxel_size_that_cannot_be_is_refused_before_allocating():
    with pytest.raises(UnsupportedScan, match="voxel size is wrong"):
        to_model(phantom(spacing=(1, 1, 1000)), Grid())


def test_an_array_of_another_shape_is_our_fault():
    scan = phantom()
    array, placement = to_model(scan, Grid())
    with pytest.raises(ValueError, match="is not the placement's"):
        from_model(array[1:], scan, placement)


def test_units_of_the_authors():
    """Percentiles of the whole grid at -1 and 1, nothing clipped, and a grid of at least their size."""
    scan = phantom((48, 56, 40), orientation="LPS", noise=0.02)
    grid = Grid(margin=0, least=(64, 80, 64), units="percentiles")
    array, placement = to_model(scan, grid)
    assert array.shape == (64, 80, 64)
    assert np.percentile(array, 0.5) == array.min() == -1
    assert np.percentile(array, 99.5) == pytest.approx(1, abs=1e-3)
    assert array.max() > 1
    inside = tissue(array, grid)
    assert inside.sum() == np.count_nonzero(scan.data)
    back = from_model(np.where(inside, array + 2, 0).astype(np.float32), scan, placement)
    np.testing.assert_array_equal(back.data != 0, scan.data != 0)


def test_a_brain_that_is_a_speck_of_the_grid_has_percentiles_of_its_own():
    scan = phantom((16, 16, 16), noise=0.02)
    array, _ = to_model(scan, Grid(least=(144, 192, 144), units="percentiles"))
    assert np.isfinite(array).all()
    assert array.min() == -1
