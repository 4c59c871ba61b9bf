"""One series in a zip file: at its place in the patient, whole, or refused."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from engine.errors import UnreadableScan, UnsupportedScan
from engine.files import read
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom


def decimals(values: Any) -> list[str]:
    """DICOM's decimal strings hold 16 characters."""
    return [f"{value:.9f}" for value in np.ravel(values)]


def one_slice(volume: Volume, k: int, series: str, **tags: Any) -> bytes:
    """Slice k as a DICOM file: i runs along a row, LPS."""
    lps = np.diag([-1, -1, 1, 1]) @ volume.affine
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = MRImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.SeriesInstanceUID, data.StudyInstanceUID = series, generate_uid(entropy_srcs=["study"])
    data.Modality, data.SeriesDescription, data.InstanceNumber = "MR", "Ax T2 FLAIR", k + 1
    data.ImageOrientationPatient = decimals((lps[:3, :2] / volume.spacing[:2]).T)
    data.ImagePositionPatient = decimals(lps[:3, 2] * k + lps[:3, 3])
    data.PixelSpacing = decimals(volume.spacing[[1, 0]])
    data.Columns, data.Rows, _ = volume.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.PixelData = np.ascontiguousarray(volume.data[:, :, k].T).tobytes()
    for name, value in tags.items():
        setattr(data, name, value)
    stream = BytesIO()
    data.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def series(volume: Volume, **tags: Any) -> list[bytes]:
    uid = str(generate_uid())
    return [one_slice(volume, k, uid, **tags) for k in range(volume.shape[2])]


def pack(path: Path, files: list[bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../../readme.txt", "no slice")
        for number in np.random.default_rng(0).permutation(len(files)):
            packed.writestr(f"DICOM/{hash(number)}.dcm", files[number])
    return path


@pytest.fixture(scope="module")
def made() -> Volume:
    return phantom((12, 14, 10), (1, 1.5, 3), "LPS", rotation=20, shift=(3, 4, 5))


def test_a_series_lies_where_it_should(tmp_path: Path, made: Volume):
    scan = read(pack(tmp_path / "case.zip", series(made)))
    np.testing.assert_array_equal(scan.volume.data, made.data)
    np.testing.assert_allclose(scan.volume.affine, made.affine, atol=1e-4)
    assert scan.format == "DICOM series (zip)"
    assert scan.modality is Modality.FLAIR
    assert not scan.synthetic
    assert list(tmp_path.iterdir()) == [scan.path]


@pytest.mark.parametrize(
    "tags",
    [
        {"SyntheticData": "YES"},
        {"ImageType": ["DERIVED", "SECONDARY"]},
        {"ContentQualification": "RESEARCH"},
    ],
)
def test_a_series_that_calls_itself_synthetic_is(tmp_path: Path, made: Volume, tags: dict[str, Any]):
    assert read(pack(tmp_path / "case.zip", series(made, **tags))).synthetic


def test_a_missing_slice_is_refused_with_the_numbers(tmp_path: Path, made: Volume):
    files = series(made)
    del files[4]
    with pytest.raises(UnsupportedScan, match=r"case\.zip has slices 3\.00 to 6\.00 mm apart"):
        read(pack(tmp_path / "case.zip", files))


def test_several_series_and_none_are_refused(tmp_path: Path, made: Volume):
    with pytest.raises(UnsupportedScan, match=r"two\.zip holds 2 DICOM series"):
        read(pack(tmp_path / "two.zip", series(made) + series(made)))
    with pytest.raises(UnsupportedScan, match=r"none\.zip holds no DICOM series"):
        read(pack(tmp_path / "none.zip", []))


def test_one_slice_is_refused(tmp_path: Path, made: Volume):
    with pytest.raises(UnsupportedScan, match="is no series of slices"):
        read(pack(tmp_path / "case.zip", series(made)[:1]))


def test_a_tilted_stack_is_refused(tmp_path: Path, made: Volume):
    sheared = made.affine.copy()
    sheared[:3, 2] += 0.5 * sheared[:3, 1]
    with pytest.raises(UnsupportedScan, match="is a tilted stack"):
        read(pack(tmp_path / "case.zip", series(Volume(made.data, sheared))))


def test_a_damaged_zip_is_refused(tmp_path: Path, made: Volume):
    path = pack(tmp_path / "case.zip", series(made))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableScan, match=r"case\.zip is damaged"):
        read(path)


def test_the_zipped_series_is_the_scan_of_the_other_formats(data: Path):
    folder = data / "orientation" / "formats"
    series, other = read(folder / "DICOM.zip").volume, read(folder / "mgh.mgz").volume
    points = other.ras(np.random.default_rng(0).uniform(1, (62, 62, 35), (200, 3)))
    said = [(series.intensity(point), other.intensity(point)) for point in points]
    np.testing.assert_allclose(*np.array(said, float).T, atol=0.5)
