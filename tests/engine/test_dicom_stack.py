"""Slices in order, exactly where they lie; what is wrong with a series is named."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import UnsupportedScan
from engine.files import read
from engine.volume import Volume
from tests.dicom_phantoms import lay_out, one_slice, pack, series
from tests.phantoms import phantom


@pytest.fixture(scope="module")
def made() -> Volume:
    return phantom((12, 14, 10), (1, 1.5, 3), "LPS", rotation=20, shift=(3, 4, 5))


def refusal(path: Path) -> str:
    with pytest.raises(UnsupportedScan) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path.name} ")
    assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ((4,), "has slices 3.00 to 6.00 mm apart: 1 missing (1 after slice 4); export the series again."),
        ((4, 5), "has slices 3.00 to 9.00 mm apart: 2 missing (2 after slice 4); export"),
        ((2, 7), "2 missing (1 after slice 2, 1 after slice 6)"),
    ],
)
def test_missing_slices_are_named(tmp_path: Path, made: Volume, lost: tuple[int, ...], words: str):
    files = [file for k, file in enumerate(series(made)) if k not in lost]
    assert words in refusal(pack(tmp_path / "case.zip", files))


def test_slices_that_lie_unevenly_are_named(tmp_path: Path, made: Volume):
    files = series(made, SeriesInstanceUID="1.2.3")
    nearer = Volume(made.data, made.affine.copy())
    nearer.affine[:3, 3] += 0.4 * nearer.affine[:3, 2]
    files[6] = one_slice(nearer, 6, SeriesInstanceUID="1.2.3")
    said = refusal(lay_out(tmp_path / "case", files))
    assert "has slices 1.80 to 4.20 mm apart: they do not lie evenly, the first odd step is after slice 6;" in said


def test_a_doubled_slice_is_refused(tmp_path: Path, made: Volume):
    files = series(made, SeriesInstanceUID="1.2.3")
    said = refusal(lay_out(tmp_path / "case", [*files, one_slice(made, 4, SeriesInstanceUID="1.2.3")]))
    assert "has 1 to 2 pictures at one place (1 of 10 places differ, the first at slice 5)" in said


def test_a_copy_of_a_slice_is_used_once_and_said(tmp_path: Path, made: Volume):
    files = series(made)
    scan = read(lay_out(tmp_path / "case", [*files, files[4]]))
    np.testing.assert_array_equal(scan.volume.data, made.data)
    assert scan.warnings == ("1 slices are there twice; each is used once.",)


def test_a_localizer_is_refused_by_its_orientations(tmp_path: Path, made: Volume):
    files = []
    for orientation in ("LPS", "LSA", "PSL"):
        volume = phantom((12, 12, 12), orientation=orientation)
        files += [one_slice(volume, k, SeriesInstanceUID="1.2.3") for k in (3, 6, 9)]
    assert "mixes slices of 3 orientations" in refusal(lay_out(tmp_path / "case", files))


def test_slices_of_two_sizes_are_refused(tmp_path: Path, made: Volume):
    other = phantom((24, 28, 10), (0.5, 0.75, 3), "LPS", rotation=20, shift=(3, 4, 5))
    files = series(made, SeriesInstanceUID="1.2.3")[:5] + series(other, SeriesInstanceUID="1.2.3")[5:]
    assert "mixes slices of 12 x 14 of 1 mm and 24 x 28 of 0.5 mm" in refusal(lay_out(tmp_path / "case", files))


def test_a_mosaic_and_colours_are_refused(tmp_path: Path, made: Volume):
    mosaic = series(made, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"])
    assert "is a mosaic" in refusal(lay_out(tmp_path / "mosaic", mosaic))
    assert "holds colours" in refusal(lay_out(tmp_path / "colours", series(made, SamplesPerPixel=3)))


def test_one_slice_is_refused(tmp_path: Path, made: Volume):
    assert "is no series of slices" in refusal(pack(tmp_path / "case.zip", series(made)[:1]))


def test_slices_without_a_place_are_refused(tmp_path: Path, made: Volume):
    assert "is no series of slices" in refusal(lay_out(tmp_path / "case", series(made, ImagePositionPatient=None)))


def test_a_tilted_stack_is_shown_where_it_lies_and_said(tmp_path: Path, made: Volume):
    sheared = made.affine.copy()
    sheared[:3, 2] += 0.5 * sheared[:3, 1]
    scan = read(pack(tmp_path / "case.zip", series(Volume(made.data, sheared))))
    np.testing.assert_allclose(scan.volume.affine, sheared, atol=1e-4)
    np.testing.assert_array_equal(scan.volume.data, made.data)
    assert scan.warnings == (
        "The slices are tilted by 14.0 degrees against their stack; they are shown where they lie.",
    )


def test_slices_beside_the_line_are_refused(tmp_path: Path, made: Volume):
    files = series(made, SeriesInstanceUID="1.2.3")
    aside = Volume(made.data, made.affine.copy())
    aside.affine[:3, 3] += 0.5 * aside.affine[:3, 0]
    files[5] = one_slice(aside, 5, SeriesInstanceUID="1.2.3")
    assert "do not lie on one straight line" in refusal(lay_out(tmp_path / "case", files))
