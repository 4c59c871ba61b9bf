"""Which series are there, and what a reader chooses them by."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.dicom_series import Series, in_files, in_zip
from engine.errors import RespinError, UnreadableScan
from engine.files import read
from engine.modality import Modality
from engine.progress import finish
from tests.dicom_phantoms import enhanced, lay_out, pack, series
from tests.phantoms import phantom

MADE = phantom((12, 14, 10), (1, 1.5, 3), "LPS")


def found_in(folder: Path) -> tuple[Series, ...]:
    return finish(in_files(folder, sorted(folder.iterdir())))


def test_series_are_told_apart_and_named(tmp_path: Path):
    t1 = series(MADE, SeriesNumber=7, SeriesDescription="Sag MPRAGE")
    t2 = series(MADE, SeriesNumber=3, SeriesDescription="Ax T2 TSE")[:6]
    first, second = found_in(lay_out(tmp_path / "disc", t1 + t2))
    assert (first.number, first.description, first.modality) == (3, "Ax T2 TSE", Modality.T2)
    assert (first.shape, first.frames, first.refusal) == ((12, 14, 6), 1, None)
    assert second.title == "7 Sag MPRAGE (10 slices)"
    assert second.modality is Modality.T1


def test_without_numbers_they_are_counted(tmp_path: Path):
    files = series(MADE) + series(MADE)
    assert [one.number for one in found_in(lay_out(tmp_path / "disc", files))] == [1, 2]


def test_two_echoes_in_one_series_are_two_scans(tmp_path: Path):
    tags = {"SeriesInstanceUID": "1.2.3", "SeriesDescription": "Ax dual echo", "RepetitionTime": 3000}
    files = series(MADE, EchoTime=20, ScanningSequence="SE", **tags)
    files += series(MADE, EchoTime=90, ScanningSequence="SE", **tags)
    first, second = sorted(found_in(lay_out(tmp_path / "disc", files)), key=lambda one: one.description)
    assert (first.description, first.modality) == ("Ax dual echo (echo 20 ms)", Modality.PD)
    assert (second.description, second.modality) == ("Ax dual echo (echo 90 ms)", Modality.T2)


def test_a_file_of_many_frames_is_recognised_by_its_times(tmp_path: Path):
    told = {"SeriesDescription": "exam 7", "EchoPulseSequence": "SPIN"}
    (one,) = found_in(lay_out(tmp_path / "disc", [enhanced(MADE, range(10), times=(9000, 120, 2500), **told)]))
    assert (one.modality, one.acquired) == (Modality.FLAIR, Modality.FLAIR)


def test_what_is_called_something_else_keeps_its_times(tmp_path: Path):
    told = {"SeriesDescription": "Ax T2", "RepetitionTime": 500, "EchoTime": 12, "ScanningSequence": "SE"}
    (one,) = found_in(lay_out(tmp_path / "disc", series(MADE, **told)))
    assert (one.modality, one.acquired) == (Modality.T2, Modality.T1)


def test_a_contrast_agent_makes_a_t1_a_t1ce(tmp_path: Path):
    files = series(MADE, SeriesDescription="Ax T1", ContrastBolusAgent="Gadovist")
    assert found_in(lay_out(tmp_path / "disc", files))[0].modality is Modality.T1CE


def test_a_series_that_cannot_be_read_stays_in_the_list_with_its_reason(tmp_path: Path):
    files = series(MADE, SeriesNumber=2) + series(MADE, SeriesNumber=1)[::2][:-1] + series(MADE, SeriesNumber=3)[:1]
    broken, sound, single = found_in(lay_out(tmp_path / "disc", [*files]))
    assert sound.refusal is None
    assert broken.refusal is None  # every second slice is an even stack, too
    assert single.refusal == ("disc, series 3, is no series of slices; convert it with dcm2niix and give the .nii.gz.")


def test_a_zip_is_searched_without_unpacking(tmp_path: Path):
    (one,) = finish(in_zip(pack(tmp_path / "a.zip", series(MADE))))
    assert (one.slices, one.format) == (10, "DICOM series (zip)")


def test_a_damaged_zip_is_refused(tmp_path: Path):
    path = pack(tmp_path / "case.zip", series(MADE))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableScan, match=r"case\.zip is damaged"):
        finish(in_zip(path))


def test_a_zip_damaged_in_a_member_is_refused(tmp_path: Path):
    path = pack(tmp_path / "case.zip", series(MADE))
    content = bytearray(path.read_bytes())
    at = content.index(b"DICM")
    content[at : at + 2000] = bytes(2000)
    path.write_bytes(content)
    with pytest.raises(UnreadableScan, match=r"case\.zip is damaged"):
        finish(in_zip(path))


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packed_zip_damaged_anywhere_is_read_or_refused(tmp_path: Path, packing: int):
    path = pack(tmp_path / "case.zip", series(MADE), packing)
    content, generator = path.read_bytes(), np.random.default_rng(0)
    assert read(path).volume.shape == MADE.shape
    for at in np.linspace(0, len(content) - 8, 60).astype(int):
        damaged = bytearray(content)
        damaged[at : at + 8] = generator.bytes(8)
        path.write_bytes(damaged)
        try:
            read(path)
        except RespinError as refusal:
            assert str(refusal).startswith("case.zip ") and str(refusal).endswith("."), refusal


@pytest.mark.parametrize("name", [b"\xff\xff", b"\0\0"])
def test_a_zip_with_a_name_that_is_none_is_refused(tmp_path: Path, name: bytes):
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("é.dcm", b"no slice")
    path.write_bytes(path.read_bytes().replace("é".encode(), name))
    with pytest.raises(UnreadableScan, match=r"case\.zip is damaged"):
        finish(in_zip(path))
