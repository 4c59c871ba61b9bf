"""What the 3-D view is asked to show: the clip plane, the planes, and when it is another picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.state.depth import Cut, Look, clip, corners, in_depth, said, slice_of
from engine.volume import Volume
from tests.app.test_region import SHEARED
from tests.app.test_slicing import viewing
from tests.phantoms import phantom

KEPT = {Cut.AXIAL: -1, Cut.CORONAL: -1, Cut.SAGITTAL: 1}


@pytest.mark.parametrize("cut", KEPT)
@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR", "SLA"])
def test_a_cut_lies_on_the_slice_and_takes_away_what_is_nearest_to_the_first_view(orientation, cut):
    volume = phantom(orientation=orientation)
    at = (3.2, -4.9, 6.1)
    plane = clip(volume, cut, at, flipped=False)
    normal = np.zeros(3)
    normal[cut.value] = KEPT[cut]
    assert plane.normal is not None and np.allclose(plane.normal, normal)
    assert abs(plane.point[cut.value] - at[cut.value]) <= 0.5 + 0.61
    other = clip(volume, cut, at, flipped=True)
    assert other.normal is not None and np.allclose(other.normal, -normal)


@pytest.mark.parametrize("axis", range(3))
def test_a_cut_through_a_sheared_scan_is_parallel_to_its_slices(axis):
    volume = Volume(np.ones((20, 24, 18), np.int16), SHEARED)
    cut = Cut(int(np.argmax(np.abs(SHEARED[:3, axis]))))
    plane = clip(volume, cut, tuple(volume.centre), flipped=False)
    in_plane = [SHEARED[:3, other] for other in range(3) if other != axis]
    assert np.abs(np.array(in_plane) @ plane.normal).max() < 1e-9


@pytest.mark.parametrize("axis", range(3))
def test_the_corners_are_the_outer_edges_of_the_outer_voxels(axis):
    volume = Volume(np.arange(5 * 6 * 7).reshape(5, 6, 7), SHEARED)
    origin, across, down = corners(volume, axis, 3)
    pixels = slice_of(volume, axis, 3)
    rows, columns = pixels.shape
    for row, column in ((0, 0), (rows - 1, 0), (2, columns - 1)):
        share = (column + 0.5) / columns, (row + 0.5) / rows
        world = origin + share[0] * (across - origin) + share[1] * (down - origin)
        assert pixels[row, column] == pytest.approx(volume.intensity(tuple(world)))


def test_the_crosshair_matters_only_where_it_is_seen():
    viewer, entry = viewing(phantom())
    before = in_depth(viewer, entry)
    viewer.crosshair = (4.0, 5.0, 6.0)
    assert in_depth(viewer, entry) == before
    viewer.planes_in_depth = True
    planes = in_depth(viewer, entry)
    assert planes != before and planes.slices == tuple(np.floor(entry.scan.volume.ijk(viewer.crosshair) + 0.5))
    viewer.crosshair = (900.0, 5.0, 6.0)
    assert in_depth(viewer, entry).slices[0] is None
    viewer.planes_in_depth, viewer.cut = False, Cut.AXIAL
    assert in_depth(viewer, entry).clip is not None


def test_a_cut_and_a_projection_are_said():
    viewer, entry = viewing(phantom())
    viewer.look, viewer.cut = Look.MIP, Cut.VIEWER
    depth = in_depth(viewer, entry)
    assert said(depth) == "maximum intensity, cut"
    assert said(replace(depth, clip=None, look=Look.SURFACE)) == "surface"
