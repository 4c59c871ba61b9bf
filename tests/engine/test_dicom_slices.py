"""What a DICOM file says of its slices."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.dicom_slices import TAGS, cuts, is_dicom
from tests.dicom_phantoms import enhanced, one_slice
from tests.phantoms import phantom

MADE = phantom((12, 14, 10), (1, 1.5, 3), "LPS", shift=(3, 4, 5))


def test_a_slice_knows_its_place_in_lps(tmp_path: Path):
    (tmp_path / "a").write_bytes(one_slice(MADE, 4, AcquisitionNumber=2, EchoTime="80.5"))
    (cut,) = cuts(tmp_path / "a")
    np.testing.assert_allclose(cut.position, MADE.ras((0, 0, 4)) * (-1, -1, 1))
    np.testing.assert_allclose(cut.directions, [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(cut.spacing, (1, 1.5))
    assert (cut.sides, cut.scale, cut.order, cut.echo) == ((12, 14), (1.0, 0.0), (0, 2, 5), 80.5)


def test_frames_of_one_file_are_slices(tmp_path: Path):
    (tmp_path / "a").write_bytes(enhanced(MADE, range(9, -1, -1)))
    found = cuts(tmp_path / "a")
    assert [cut.frame for cut in found] == list(range(10))
    places = np.array([cut.position for cut in found])
    np.testing.assert_allclose(places, MADE.ras([(0, 0, k) for k in range(9, -1, -1)]) * (-1, -1, 1))


def test_nothing_is_kept_that_tells_who_it_is(tmp_path: Path):
    told = {"PatientName": "Doe^Jane", "PatientBirthDate": "19700101", "StudyDate": "20200101"}
    (tmp_path / "a").write_bytes(one_slice(MADE, 4, **told))
    (cut,) = cuts(tmp_path / "a")
    assert "Doe" not in str(cut.header)
    assert not set(told) & set(TAGS)


@pytest.mark.parametrize("content", [b"", b"text", bytes(128) + b"DICM" + b"\xff" * 64, bytes(300)])
def test_what_is_no_dicom_has_no_slices(tmp_path: Path, content: bytes):
    (tmp_path / "a").write_bytes(content)
    assert cuts(tmp_path / "a") == []


def test_a_file_without_a_picture_has_no_slices(tmp_path: Path):
    (tmp_path / "a").write_bytes(one_slice(MADE, 4, Rows=None, Columns=None, PixelData=None))
    assert is_dicom(tmp_path / "a")
    assert cuts(tmp_path / "a") == []


def test_a_file_in_a_zip_is_read_where_it_lies(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("../deep/a", one_slice(MADE, 4))
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        (cut,) = cuts(zipfile.Path(packed, "../deep/a"))
    np.testing.assert_allclose(cut.position, MADE.ras((0, 0, 4)) * (-1, -1, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_slice_without_a_name_of_its_own_is_told_by_its_file(tmp_path: Path):
    for name in "ab":
        (tmp_path / name).write_bytes(one_slice(MADE, 4, SOPInstanceUID=None))
    assert cuts(tmp_path / "a")[0].instance != cuts(tmp_path / "b")[0].instance


def test_a_frame_of_many_tells_how_it_was_acquired(tmp_path: Path):
    (tmp_path / "a").write_bytes(enhanced(MADE, range(3), EchoPulseSequence="SPIN", times=(9000.0, 120.0, 2500.0)))
    cut = cuts(tmp_path / "a")[1]
    told = {name: cut.header[name] for name in ("RepetitionTime", "InversionTime", "ScanningSequence")}
    assert told == {"RepetitionTime": 9000.0, "InversionTime": 2500.0, "ScanningSequence": ["SE"]}
    assert cut.echo == 120.0
