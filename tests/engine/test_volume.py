"""Arithmetic of space."""

from itertools import permutations, product

import numpy as np
import pytest

from engine.volume import RAS, Volume, orientation_of, turn, turned_affine
from tests.phantoms import phantom

ORIENTATIONS = [
    "".join(letters)
    for axes in permutations(("RL", "AP", "SI"))
    for letters in product(*axes)
]  # fmt: skip


def test_there_are_48_orientations():
    assert len(set(ORIENTATIONS)) == 48


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_letters_are_those_of_the_grid(orientation: str):
    assert phantom((6, 8, 10), (1, 2, 3), orientation).orientation == orientation


def test_no_letters_where_the_file_does_not_say():
    volume = phantom((6, 8, 10))
    assert Volume(volume.data, volume.affine, oriented=False).orientation == "unknown"


@pytest.mark.parametrize("rotation", [0, 25])
def test_spacing_is_the_distance_between_neighbours(rotation: float):
    volume = phantom((6, 8, 10), (0.9, 2, 5.5), "ASR", rotation=rotation)
    np.testing.assert_allclose(volume.spacing, (2, 5.5, 0.9))


def test_ras_and_ijk_undo_each_other_on_an_oblique_grid():
    volume = phantom((6, 8, 10), (0.9, 2, 5.5), "PIR", rotation=25, shift=(4, -9, 30))
    points = np.random.default_rng(0).uniform(-50, 50, (20, 3))
    np.testing.assert_allclose(volume.ras(volume.ijk(points)), points, atol=1e-10)
    np.testing.assert_allclose(volume.ras((0, 0, 0)), volume.affine[:3, 3])


def test_intensity_at_a_voxel_is_that_voxel():
    volume = phantom((6, 8, 10), orientation="SPL", rotation=10)
    assert volume.intensity(volume.ras((4, 3, 2))) == pytest.approx(volume.data[4, 3, 2], abs=1e-6)


def test_intensity_between_voxels_is_linear_along_each_axis():
    i, j, k = np.meshgrid(np.arange(5), np.arange(6), np.arange(7), indexing="ij")
    volume = Volume((100 * i + 10 * j + k).astype(np.int16), np.diag([2.0, 3.0, 4.0, 1.0]))
    assert volume.intensity((2 * 1.25, 3 * 2.5, 4 * 3.75)) == pytest.approx(125 + 25 + 3.75)


@pytest.mark.parametrize("ijk", [(-0.01, 0, 0), (0, 7.01, 0), (0, 0, 100)])
def test_there_is_no_intensity_outside_the_grid(ijk: tuple[float, float, float]):
    volume = phantom((6, 8, 10))
    assert volume.intensity(volume.ras(ijk)) is None


def test_the_last_voxel_is_still_inside():
    volume = phantom((6, 8, 10))
    assert volume.intensity(volume.ras((5, 7, 9))) == volume.data[5, 7, 9]


def test_other_data_must_fit_the_grid():
    volume = phantom((6, 8, 10))
    with pytest.raises(ValueError, match=r"\(6, 8, 9\)"):
        volume.with_data(volume.data[..., :-1])


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "ASR", "SPL", "IRP"])
def test_turned_voxels_keep_their_place_in_the_patient(orientation: str):
    volume = phantom((6, 8, 10), (1, 2, 3), orientation, rotation=12, shift=(3, 4, 5))
    own = orientation_of(volume.affine)
    turned = Volume(turn(volume.data, own, RAS), turned_affine(volume, own))
    assert turned.orientation == "RAS"
    point = volume.ras((2, 3, 1))
    assert turned.intensity(point) == pytest.approx(volume.data[2, 3, 1], abs=1e-6)
    np.testing.assert_array_equal(turn(turned.data, RAS, own), volume.data)
