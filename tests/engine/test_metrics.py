"""The scores, against their definitions and against values worked out by hand."""

import math

import numpy as np
import pytest

from engine.errors import UnsupportedScan
from engine.metrics import bounding_box, compare, r_squared, ssim_map, to_unit
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom


@pytest.fixture(scope="module")
def real() -> Volume:
    return phantom(modality=Modality.T2)


@pytest.fixture(scope="module")
def perfect(real: Volume) -> Volume:
    """The real scan in synthetic units."""
    return real.with_data(1000 * to_unit(real, real.data != 0))


def test_the_real_scan_itself_is_perfect(real: Volume, perfect: Volume):
    for scores in compare(perfect, real).values():
        assert (scores.psnr, scores.nmse, scores.ssim) == (math.inf, 0, pytest.approx(1))


def test_the_percentiles_inside_the_mask_become_0_and_1(real: Volume):
    brain = real.data != 0
    unit = to_unit(real, brain)
    low, high = np.percentile(real.data[brain], [0.5, 99.5])
    assert unit.min() == 0
    assert unit.max() == 1
    middle = np.abs(real.data - (low + high) / 2).argmin()
    assert unit.flat[middle] == pytest.approx((real.data.flat[middle] - low) / (high - low))


def test_a_known_error_has_the_psnr_and_nmse_of_its_size(real: Volume):
    brain = real.data != 0
    unit = to_unit(real, brain)
    off = np.where(unit < 0.5, unit + 0.1, unit - 0.1)
    scores = compare(real.with_data(1000 * off), real, brain)["mask"]
    assert scores.psnr == pytest.approx(20)
    assert scores.nmse == pytest.approx(0.01 * brain.sum() / np.sum(unit[brain] ** 2))


def test_a_wrong_level_counts_as_an_error(real: Volume, perfect: Volume):
    darker = perfect.with_data(0.5 * perfect.data)
    unit = to_unit(real, real.data != 0)
    error = np.mean((0.5 * unit[real.data != 0]) ** 2)
    assert compare(darker, real)["mask"].psnr == pytest.approx(10 * math.log10(1 / error))
    assert compare(darker, real)["mask"].nmse == pytest.approx(0.25)


def test_synthetic_units_beyond_0_and_1000_are_clipped(real: Volume, perfect: Volume):
    beyond = perfect.data + np.where(perfect.data >= 1000, 500, 0) - np.where(perfect.data <= 0, 500, 0)
    assert compare(perfect.with_data(beyond), real)["mask"].psnr == math.inf


def test_whole_is_the_box_around_the_brain(real: Volume, perfect: Volume):
    """An error in the box and outside the brain counts only there, one outside the box nowhere."""
    box = bounding_box(real.data != 0)
    in_box, outside = perfect.data.copy(), perfect.data.copy()
    in_box[box[0].start, box[1].start, box[2].start] = 1000
    outside[0, 0, 0] = 1000
    size = np.prod([side.stop - side.start for side in box])
    scores = compare(perfect.with_data(in_box), real)
    assert scores["mask"].psnr == math.inf
    assert scores["whole"].psnr == pytest.approx(10 * math.log10(size))
    assert compare(perfect.with_data(outside), real)["whole"].psnr == math.inf


def test_ssim_is_the_gaussian_one_of_wang_et_al():
    """At one voxel, from its definition: Gaussian weights of sigma 1.5, population covariance, K = .01, .03."""
    rng = np.random.default_rng(0)
    x = 0.5 + 0.03 * rng.normal(size=(24, 24, 24))  # so weak that the constants and the covariance's kind count
    y = x + 0.02 * rng.normal(size=x.shape)
    at = (12, 11, 10)
    line = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    weight = np.einsum("i,j,k->ijk", line, line, line)
    weight /= weight.sum()
    around = tuple(slice(a - 5, a + 6) for a in at)
    mx, my = (weight * x[around]).sum(), (weight * y[around]).sum()
    vx, vy = (weight * x[around] ** 2).sum() - mx**2, (weight * y[around] ** 2).sum() - my**2
    vxy = (weight * x[around] * y[around]).sum() - mx * my
    expected = (2 * mx * my + 1e-4) * (2 * vxy + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4))
    assert ssim_map(x, y)[at] == pytest.approx(expected, abs=1e-9)


def test_a_given_mask_is_the_brain(real: Volume, perfect: Volume):
    """With a skull around it the scan is scaled and cropped by the mask, not by everything that is not 0."""
    brain = real.data != 0
    with_skull = real.with_data(np.where(brain, real.data, 5000).astype(np.int16))
    scores = compare(perfect, with_skull, brain)
    assert scores["mask"].psnr == math.inf
    assert scores["whole"].psnr < 20


def test_a_mask_of_numbers_is_where_it_is_not_0(real: Volume, perfect: Volume):
    labels = np.where(real.data != 0, 4, 0).astype(np.uint8)
    assert compare(perfect, real, labels) == compare(perfect, real, labels != 0)


def test_numbers_that_are_none_do_not_spread(perfect: Volume, real: Volume):
    data = real.data.astype(np.float32)
    data[0, 0, 0] = np.nan
    assert compare(perfect, real.with_data(data))["mask"].ssim == pytest.approx(1)


def test_structure_is_told_from_level(real: Volume, perfect: Volume):
    brain = real.data != 0
    assert r_squared(perfect.with_data(0.3 * real.data + 200), real, brain) == pytest.approx(1)
    noise = np.random.default_rng(0).normal(size=real.shape)
    assert r_squared(perfect.with_data(noise), real, brain) < 0.01


def test_other_grids_are_refused_with_the_numbers(real: Volume, perfect: Volume):
    with pytest.raises(UnsupportedScan, match="47 x 56 x 40 voxels, the real scan 48 x 56 x 40"):
        compare(Volume(perfect.data[1:], perfect.affine), real)
    with pytest.raises(UnsupportedScan, match="mask has 48 x 56 x 39 voxels"):
        compare(perfect, real, (real.data != 0)[..., 1:])
    moved = perfect.affine.copy()
    moved[1, 3] += 2.5
    with pytest.raises(UnsupportedScan, match=r"2\.5 mm apart"):
        compare(Volume(perfect.data, moved), real)


def test_nothing_to_compare_is_refused(real: Volume, perfect: Volume):
    with pytest.raises(UnsupportedScan, match="mask is empty"):
        compare(perfect, real, np.zeros(real.shape))
    with pytest.raises(UnsupportedScan, match="constant inside the mask"):
        compare(perfect, real.with_data(np.full(real.shape, 7)))
    small = np.zeros(real.shape, bool)
    small[20:30, 20:40, 20:40] = True
    with pytest.raises(UnsupportedScan, match="needs 11 voxels"):
        compare(perfect, real, small)
