"""Where things are: letters, pixels, world points, in every orientation and both conventions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.state.slicing import Letters, lay, letters, neighbour, resolve
from app.state.study import Entry
from app.state.viewer import Framing, Plane, Viewer
from engine.files import Scan, read
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import lesion_ras, phantom

ORIENTATIONS = ("RAS", "LPS", "LAS", "PIR", "SLP", "AIR", "IPR", "RSP", "SRP", "ALS")
LETTERS = {
    (Plane.AXIAL, True): Letters("R", "L", "A", "P"),
    (Plane.CORONAL, True): Letters("R", "L", "S", "I"),
    (Plane.SAGITTAL, True): Letters("A", "P", "S", "I"),
    (Plane.AXIAL, False): Letters("L", "R", "A", "P"),
    (Plane.CORONAL, False): Letters("L", "R", "S", "I"),
    (Plane.SAGITTAL, False): Letters("A", "P", "S", "I"),
}
SIZE = (420.0, 310.0)
everywhere = pytest.mark.parametrize(("plane", "radiological"), LETTERS)


def scan_of(volume: Volume, synthetic: bool = False) -> Scan:
    return Scan(volume, Path("head_t1.nii.gz"), "NIfTI-1", Modality.T1, synthetic, (), None)


def viewing(volume: Volume, radiological: bool = True) -> tuple[Viewer, Entry]:
    viewer, entry = Viewer(radiological=radiological), Entry.of(scan_of(volume))
    viewer.look_at(volume)
    return viewer, entry


@everywhere
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_letters_and_pixels_do_not_depend_on_how_the_scan_is_stored(orientation, plane, radiological):
    mark = (7.5, 9.5, 6.5)
    pictures = []
    for stored in ("RAS", orientation):
        viewer, entry = viewing(phantom(orientation=stored, noise=0.0), radiological)
        viewer.crosshair = mark
        pictures.append(resolve(viewer, entry, plane))
    assert pictures[1].letters == LETTERS[plane, radiological]
    assert np.array_equal(pictures[0].pixels, pictures[1].pixels)


@everywhere
def test_all_24_orders_of_a_real_scan_look_the_same(data: Path, plane, radiological):
    files = sorted((data / "orientation" / "niftispace").glob("*.nii.gz"))
    assert len(files) == 24
    first = read(files[0]).volume
    point = tuple(first.ras(np.round(np.array(first.shape) * 0.4)))
    expected = None
    for file in files:
        viewer, entry = viewing(read(file).volume, radiological)
        viewer.crosshair = point
        picture = resolve(viewer, entry, plane)
        assert picture.letters == LETTERS[plane, radiological], file.name
        expected = picture.pixels if expected is None else expected
        assert np.array_equal(picture.pixels, expected), file.name
        x, y = picture.pixel_of(point, SIZE)
        assert np.allclose(picture.ras_at(x, y, SIZE), point, atol=1e-3), file.name
        column, row = (round(v) for v in picture.crosshair)
        assert picture.pixels[row, column] == pytest.approx(first.intensity(point)), file.name


@everywhere
@pytest.mark.parametrize("rotation", [0.0, 17.0])
def test_a_pixel_is_the_voxel_that_is_drawn_there(plane, radiological, rotation):
    volume = phantom(shape=(40, 52, 33), spacing=(1.0, 0.8, 2.5), orientation="PIR", rotation=rotation)
    viewer, entry = viewing(volume, radiological)
    viewer.frame(plane, Framing(zoom=1.7, shift=(3.0, -2.0, 4.0)))
    picture = resolve(viewer, entry, plane)
    assert picture.index is not None
    generator = np.random.default_rng(0)
    for _ in range(20):
        row, column = (int(generator.integers(side)) for side in picture.pixels.shape)
        x, y = picture.to_pane(SIZE) @ [column, row, 1.0]
        ras = picture.ras_at(float(x), float(y), SIZE)
        assert volume.intensity(ras) == pytest.approx(float(picture.pixels[row, column]), abs=1e-6)
        assert picture.pixel_of(ras, SIZE) == pytest.approx((x, y))


def test_millimetres_on_screen_are_millimetres_in_the_patient():
    volume = phantom(shape=(40, 52, 33), spacing=(1.0, 0.8, 2.5))
    viewer, entry = viewing(volume)
    picture = resolve(viewer, entry, Plane.CORONAL)
    start = np.array(picture.ras_at(100, 100, SIZE))
    right, down = (np.array(picture.ras_at(*at, SIZE)) - start for at in ((160, 100), (100, 160)))
    assert np.linalg.norm(right) == pytest.approx(60 / picture.scale(SIZE))
    assert np.linalg.norm(down) == pytest.approx(60 / picture.scale(SIZE))
    assert right[0] < 0 and down[2] < 0


def test_the_lesion_lies_on_the_patients_right_front_and_top():
    viewer, entry = viewing(phantom())
    viewer.crosshair = tuple(lesion_ras(entry.scan.volume))
    x, y = resolve(viewer, entry, Plane.AXIAL).pixel_of(viewer.crosshair, SIZE)
    assert x < SIZE[0] / 2 and y < SIZE[1] / 2
    viewer.radiological = False
    x, y = resolve(viewer, entry, Plane.AXIAL).pixel_of(viewer.crosshair, SIZE)
    assert x > SIZE[0] / 2 and y < SIZE[1] / 2


def test_oblique_directions_have_two_letters():
    volume = phantom(rotation=35.0)
    said = letters(lay(volume, Plane.AXIAL, radiological=True))
    assert len(said.left) == 2 and {said.left[0], said.left[1]} <= set("RAPS")


def test_a_sheared_grid_picks_the_files_world_point(data: Path):
    volume = read(data / "orientation" / "odd" / "shear.nii.gz").volume
    viewer, entry = viewing(volume)
    for plane in Plane:
        picture = resolve(viewer, entry, plane)
        ijk = np.round(volume.ijk(viewer.crosshair))
        x, y = picture.pixel_of(tuple(volume.ras(ijk)), SIZE)
        assert np.abs(volume.ijk(picture.ras_at(x, y, SIZE)) - ijk).max() < 0.5


def test_unknown_orientation_has_no_letters():
    viewer, entry = viewing(replace(phantom(), oriented=False))
    assert [resolve(viewer, entry, plane).letters for plane in Plane] == [None] * 3


def test_outside_the_scan_there_is_no_picture():
    viewer, entry = viewing(phantom())
    viewer.crosshair = (0.0, 0.0, 500.0)
    assert resolve(viewer, entry, Plane.AXIAL).index is None
    assert resolve(viewer, entry, Plane.SAGITTAL).index is not None


def test_equal_answers_are_equal_and_another_slice_is_not():
    viewer, entry = viewing(phantom())
    first = resolve(viewer, entry, Plane.AXIAL)
    assert resolve(viewer, entry, Plane.AXIAL) == first
    viewer.crosshair = neighbour(viewer, entry.scan.volume, Plane.AXIAL, 1)
    assert resolve(viewer, entry, Plane.AXIAL) != first


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("plane", list(Plane))
def test_the_next_slice_lies_to_the_right_the_front_or_the_top(orientation, plane):
    viewer, entry = viewing(phantom(spacing=(1, 2, 3), orientation=orientation))
    before = viewer.crosshair
    after = neighbour(viewer, entry.scan.volume, plane, 1)
    moved = np.array(after) - np.array(before)
    assert moved[plane.value] > 0
    assert neighbour(viewer, entry.scan.volume, plane, 1e6)[plane.value] == pytest.approx(
        max(volume_corners(entry.scan.volume)[:, plane.value])
    )


def volume_corners(volume: Volume) -> np.ndarray:
    return volume.ras(np.array(list(np.ndindex(2, 2, 2))) * (np.array(volume.shape) - 1))
