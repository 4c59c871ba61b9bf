"""Numbers of a region against sums over all voxels; one anatomy on different grids."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.region import Ellipse, inside, numbers
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import lesion_ras, phantom

LARGE = (96, 112, 80)
SHEARED = np.array([[1.1, 0.35, 0.0, -20.0], [0.0, 0.9, 0.2, -30.0], [0.1, 0.0, 2.5, -15.0], [0, 0, 0, 1.0]])


def reference(volume: Volume, ellipse: Ellipse) -> np.ndarray:
    """For a slice of the grid itself: the voxels of this slice whose middles lie in the ellipse, one by one."""
    ijk = np.moveaxis(np.indices(volume.shape), 0, -1).reshape(-1, 3)
    offset = volume.ras(ijk) - ellipse.centre
    along, across = np.array(ellipse.along), np.array(ellipse.across)
    normal = np.cross(along, across)
    flat = np.abs(offset @ normal) / np.linalg.norm(normal) < 1e-6
    hit = (offset @ along / (along @ along)) ** 2 + (offset @ across / (across @ across)) ** 2 <= 1
    return volume.data[tuple(ijk[flat & hit].T)]


def in_slice(volume: Volume, index: tuple[float, float, float], first: int, second: int, radii) -> Ellipse:
    """An ellipse in the plane of two voxel axes, its axes at right angles."""
    one, two = volume.affine[:3, first], volume.affine[:3, second]
    one = one / np.linalg.norm(one)
    two = two - (two @ one) * one
    two = two / np.linalg.norm(two)
    return Ellipse(tuple(volume.ras(index)), tuple(radii[0] * one), tuple(radii[1] * two))


@pytest.mark.parametrize("axes", [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("radii", [(6.3, 9.1), (2.2, 14.0), (0.2, 0.2)])
@pytest.mark.parametrize("affine", [np.diag([1.0, 1, 1, 1]), np.diag([0.7, -1.9, 3.0, 1]), SHEARED])
def test_mean_and_deviation_are_those_of_the_voxels_inside(affine, axes, radii):
    data = np.random.default_rng(0).normal(500, 90, (40, 44, 36)).astype(np.float32)
    volume = Volume(data, affine)
    ellipse = in_slice(volume, (19.0, 23.0, 17.0), *axes, radii)
    expected = reference(volume, ellipse).astype(float)
    found = numbers(volume, ellipse)
    assert expected.size > 0 and found.count == expected.size
    assert found.mean == pytest.approx(expected.mean(), rel=1e-12)
    assert found.deviation == pytest.approx(expected.std(ddof=1) if expected.size > 1 else 0.0, rel=1e-12)


def test_the_area_is_that_of_the_ellipse():
    assert Ellipse((0, 0, 0), (3.0, 4.0, 0.0), (0.0, 0.0, 2.0)).area == pytest.approx(np.pi * 5 * 2)


@pytest.mark.parametrize(
    "grid",
    [
        {"orientation": "LPS"},
        {"orientation": "PIR", "spacing": (0.8, 1.2, 2.5), "shape": (120, 93, 32)},
        {"rotation": 12.0},
        {"orientation": "SRA", "rotation": -20.0, "spacing": (1.0, 1.0, 1.6), "shape": (96, 112, 50)},
    ],
)
def test_one_region_finds_the_same_anatomy_in_scans_on_other_grids(grid):
    t1 = phantom(LARGE, noise=0.0)
    t2 = phantom(**{"shape": LARGE, "modality": Modality.T2, "noise": 0.0, **grid})
    centre = t1.ras(np.round(t1.ijk(lesion_ras(t1))))
    ellipse = Ellipse(tuple(centre), (5.0, 0.0, 0.0), (0.0, 4.0, 0.0))
    first, second = numbers(t1, ellipse), numbers(t2, ellipse)
    assert first.mean == 330 and first.deviation == 0
    assert second.mean == 720 and second.deviation == 0
    voxel = np.prod(t2.spacing) / t2.spacing[np.argmax(np.abs(t2.affine[2, :3]) / t2.spacing)]
    assert second.count * voxel == pytest.approx(ellipse.area, rel=0.1)


def test_an_oblique_region_is_one_voxel_thick():
    volume = phantom(noise=0.0).with_data(np.arange(48 * 56 * 40, dtype=np.int32).reshape(48, 56, 40))
    tilt = np.deg2rad(20)
    ellipse = Ellipse((0.2, 0.1, 0.3), (6 * np.cos(tilt), 0.0, 6 * np.sin(tilt)), (0.0, 5.0, 0.0))
    ijk = np.stack(np.unravel_index(inside(volume, ellipse), volume.shape), axis=-1)
    assert len({(i, j) for i, j, _ in ijk.tolist()}) == len(ijk) > 60
    off = (volume.ras(ijk) - ellipse.centre) @ np.array([-np.sin(tilt), 0, np.cos(tilt)])
    assert np.abs(off).max() <= 0.5
    assert len(ijk) == pytest.approx(ellipse.area * np.cos(tilt), rel=0.06)


def test_outside_and_flat_regions_hold_nothing():
    volume = phantom()
    assert numbers(volume, Ellipse((500.0, 0, 0), (4.0, 0, 0), (0, 4.0, 0))).count == 0
    assert numbers(volume, Ellipse((0.0, 0, 500.0), (4.0, 0, 0), (0, 4.0, 0))).count == 0
    assert numbers(volume, Ellipse((0.0, 0, 0), (4.0, 0, 0), (0, 0.0, 0))).count == 0


def test_what_is_not_a_number_is_not_counted():
    data = np.full((9, 9, 9), 5.0, np.float32)
    data[4, 4, 4], data[4, 5, 4] = np.nan, np.inf
    found = numbers(Volume(data, np.eye(4)), Ellipse((4.0, 4, 4), (1.1, 0, 0), (0, 1.1, 0)))
    assert (found.count, found.mean, found.deviation) == (3, 5.0, 0.0)
