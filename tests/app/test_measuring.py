"""Distances in world millimetres on any grid; measures stay where they were drawn."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.grips import Grip, Part, drawn, pulled
from app.state.measuring import Distance, Region, draw, erase, said
from app.state.region import Ellipse
from app.state.slicing import resolve
from app.state.viewer import Framing, LeftButton, Plane
from engine.volume import Volume
from tests.app.test_region import SHEARED
from tests.app.test_slicing import SIZE, viewing
from tests.phantoms import phantom

ANISOTROPIC = np.array([[0, 0, -4.0, 50.0], [0.6, 0, 0, -20.0], [0, 1.3, 0, -30.0], [0, 0, 0, 1.0]])


def volume_on(affine: np.ndarray) -> Volume:
    return Volume(np.random.default_rng(1).integers(1, 900, (40, 48, 30)).astype(np.int16), affine)


@pytest.mark.parametrize("plane", Plane)
@pytest.mark.parametrize("radiological", [True, False])
@pytest.mark.parametrize("affine", [np.eye(4), ANISOTROPIC, SHEARED], ids=["cubic", "anisotropic", "sheared"])
def test_a_line_between_two_voxels_is_as_long_as_the_affine_says(affine, radiological, plane):
    volume = volume_on(affine)
    viewer, entry = viewing(volume, radiological)
    viewer.crosshair = tuple(volume.ras((20.0, 21.0, 13.0)))
    viewer.frame(plane, Framing(zoom=2.3, shift=(3.0, -4.0, 5.0)))
    picture = resolve(viewer, entry, plane)
    first, second = np.array([20.0, 21.0, 13.0]), np.array([27.0, 30.0, 22.0])
    second[picture.plate.normal] = first[picture.plate.normal]
    pixels = [picture.pixel_of(tuple(volume.ras(voxel)), SIZE) for voxel in (first, second)]
    measure = drawn(LeftButton.DISTANCE, picture, *(picture.ras_at(*pixel, SIZE) for pixel in pixels))
    assert isinstance(measure, Distance)
    assert measure.length == pytest.approx(np.linalg.norm(affine[:3, :3] @ (second - first)), abs=1e-6)


def test_the_shear_in_a_file_does_not_bend_a_distance(data):
    from engine.files import read

    files = sorted((data / "orientation").rglob("*shear*.nii*"))
    if not files:
        pytest.skip("no sheared file in the data")
    volume = read(files[0]).volume
    viewer, entry = viewing(volume)
    for plane in Plane:
        picture = resolve(viewer, entry, plane)
        start, end = (picture.ras_at(*pixel, SIZE) for pixel in ((150.0, 120.0), (250.0, 180.0)))
        on_screen = np.hypot(100, 60) / picture.scale(SIZE)
        assert drawn(LeftButton.DISTANCE, picture, start, end).length == pytest.approx(on_screen, abs=1e-6)


@pytest.mark.parametrize("affine", [np.eye(4), ANISOTROPIC, SHEARED])
@pytest.mark.parametrize("plane", Plane)
def test_an_ellipse_fills_the_box_that_was_drawn(affine, plane):
    viewer, entry = viewing(volume_on(affine))
    picture = resolve(viewer, entry, plane)
    corners = ((150.0, 120.0), (230.0, 160.0))
    measure = drawn(LeftButton.ELLIPSE, picture, *(picture.ras_at(*corner, SIZE) for corner in corners))
    assert isinstance(measure, Region)
    assert measure.ellipse.area == pytest.approx(np.pi * 40 * 20 / picture.scale(SIZE) ** 2)
    ends = np.array([picture.pixel_of(tuple(end), SIZE) for end in measure.ellipse.ends])
    assert np.allclose(ends.min(axis=0), corners[0]) and np.allclose(ends.max(axis=0), corners[1])


def drawing(plane: Plane = Plane.AXIAL):
    viewer, entry = viewing(phantom())
    viewer.crosshair = (0.5, 0.5, 0.5)
    picture = resolve(viewer, entry, plane)
    draw(viewer, drawn(LeftButton.DISTANCE, picture, picture.ras_at(150, 120, SIZE), picture.ras_at(250, 120, SIZE)))
    return viewer, entry


def test_a_measure_is_seen_on_its_slice_alone():
    viewer, entry = drawing()
    assert len(resolve(viewer, entry, Plane.AXIAL).marks) == 1
    assert not resolve(viewer, entry, Plane.SAGITTAL).marks
    viewer.crosshair = (0.5, 0.5, 2.5)
    assert not resolve(viewer, entry, Plane.AXIAL).marks
    viewer.crosshair = (9.5, -7.5, 0.5)
    viewer.radiological = False
    assert len(resolve(viewer, entry, Plane.AXIAL).marks) == 1


@pytest.mark.parametrize(("thickness", "seen"), [(0.5, 5), (1.0, 3), (4.0, 1)])
def test_it_is_seen_within_a_millimetre_or_half_a_slice(thickness, seen):
    viewer, _ = drawing()
    _, entry = viewing(phantom((48, 56, round(40 / thickness)), (1, 1, thickness)))
    volume = entry.scan.volume
    draw(viewer, Distance(Plane.AXIAL, tuple(volume.ras((10, 10, 5))), tuple(volume.ras((20, 10, 5)))))
    shown = 0
    for k in range(volume.shape[2]):
        viewer.crosshair = tuple(volume.ras((20.0, 20.0, k)))
        shown += any(mark.chosen for mark in resolve(viewer, entry, Plane.AXIAL).marks)
    assert shown == seen


def test_drawing_changing_and_erasing():
    viewer, _ = drawing()
    (first,) = viewer.measures
    second = Distance(Plane.AXIAL, (0.0, 0, 0), (3.0, 4.0, 0.0))
    draw(viewer, second)
    draw(viewer, pulled(Grip(second, Part.END), (3.0, 4.0, 0.0), (6.0, 8.0, 0.0)), instead_of=second)
    assert viewer.measures[0] is first and viewer.measures[1].length == pytest.approx(10.0)
    assert viewer.chosen is viewer.measures[1]
    assert erase(viewer) and viewer.measures == (first,) and viewer.chosen is None
    assert not erase(viewer) and viewer.measures == (first,)


def test_the_words_beside_a_measure():
    viewer, entry = drawing()
    picture = resolve(viewer, entry, Plane.AXIAL)
    length = 100 / picture.scale(SIZE)
    assert said(picture.marks[0], synthetic=False) == f"{length:.1f} mm"
    draw(viewer, drawn(LeftButton.ELLIPSE, picture, (-3.0, -3.0, 0.5), (3.0, 3.0, 0.5)))
    words = said(resolve(viewer, entry, Plane.AXIAL).marks[1], synthetic=True)
    assert "a.u." in words and "mm²" in words and f"{9 * np.pi:.1f}" in words


def test_a_region_beside_the_scan_says_so():
    viewer, entry = drawing()
    away = Region(Plane.AXIAL, Ellipse((900.0, 0.0, 0.5), (3.0, 0.0, 0.0), (0.0, 3.0, 0.0)))
    draw(viewer, away)
    found = [said(mark, synthetic=False) for mark in resolve(viewer, entry, Plane.AXIAL).marks if mark.measure is away]
    assert found == ["outside this scan"]
