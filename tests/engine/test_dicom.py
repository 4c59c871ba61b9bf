"""The voxels of a series: at their place in the patient, whole, or refused."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG4HP41, RLELossless

from engine.errors import UnreadableScan, UnsupportedScan
from engine.files import read
from engine.modality import Modality
from engine.volume import Array, Volume
from tests.dicom_phantoms import enhanced, lay_out, one_slice, pack, series
from tests.phantoms import phantom

itk: Any = SimpleITK


@pytest.fixture(scope="module")
def made() -> Volume:
    return phantom((12, 14, 10), (1, 1.5, 3), "LPS", rotation=20, shift=(3, 4, 5))


def assert_same(scan: Any, made: Volume):
    np.testing.assert_array_equal(scan.volume.data, made.data)
    np.testing.assert_allclose(scan.volume.affine, made.affine, atol=1e-4)


@pytest.mark.parametrize(("put", "format"), [(pack, "DICOM series (zip)"), (lay_out, "DICOM series")])
def test_a_series_lies_where_it_should(tmp_path: Path, made: Volume, put: Callable[..., Path], format: str):
    scan = read(put(tmp_path / "case.zip", series(made)))
    assert_same(scan, made)
    assert (scan.name, scan.format, scan.dtype) == ("case", format, "int16")
    assert scan.modality is Modality.FLAIR
    assert not scan.synthetic
    assert scan.warnings == ()
    assert list(tmp_path.iterdir()) == [scan.path]


@pytest.mark.parametrize("orientation", ["LPS", "LSA", "PSL", "RAI"])
def test_any_plane_lies_where_it_should(tmp_path: Path, orientation: str):
    volume = phantom((12, 14, 10), (1, 1.5, 3), orientation, rotation=10)
    scan = read(pack(tmp_path / "case.zip", series(volume)))
    points = volume.ras(np.random.default_rng(0).uniform(1, 8, (50, 3)))
    said = [(scan.volume.intensity(point), volume.intensity(point)) for point in points]
    np.testing.assert_allclose(*np.array(said, float).T, atol=0.1)


def test_one_file_leads_to_its_whole_series(tmp_path: Path, made: Volume):
    folder = lay_out(tmp_path / "disc", series(made))
    for number, other in enumerate(series(made, SeriesDescription="Ax T1")):
        (folder / f"other{number}").write_bytes(other)
    scan = read(sorted(folder.glob("IM_*"))[3])
    assert_same(scan, made)
    assert scan.modality is Modality.FLAIR


@pytest.mark.parametrize("order", [range(10), range(9, -1, -1)])
def test_a_file_of_many_frames_is_a_series(tmp_path: Path, made: Volume, order: range):
    (tmp_path / "a.dcm").write_bytes(enhanced(made, order))
    assert_same(read(tmp_path / "a.dcm"), made)


def test_stored_numbers_are_scaled_each_slice_by_its_own(tmp_path: Path, made: Volume):
    uid = "1.2.3"
    files = [
        one_slice(made, k, SeriesInstanceUID=uid, RescaleSlope=k + 1, RescaleIntercept=-5) for k in range(made.shape[2])
    ]
    scan = read(lay_out(tmp_path / "case", files))
    assert scan.volume.data.dtype == np.float32
    np.testing.assert_array_equal(scan.volume.data, made.data * np.arange(1.0, 11.0) - 5)


def test_run_length_and_jpeg_2000_are_unpacked(tmp_path: Path, made: Volume):
    plain = lay_out(tmp_path / "plain", series(made, RescaleSlope=2, RescaleIntercept=7))
    for kind in ("run-length", "jpeg"):
        (tmp_path / kind).mkdir()
    for path in plain.iterdir():
        header = dcmread(path)
        itk.WriteImage(itk.GetImageFromArray(header.pixel_array[None]), str(tmp_path / "picture.dcm"), True)
        packed = dcmread(tmp_path / "picture.dcm")
        assert packed.file_meta.TransferSyntaxUID.is_compressed
        header.compress(RLELossless)
        header.save_as(tmp_path / "run-length" / path.name)
        header.file_meta.TransferSyntaxUID, header.PixelData = packed.file_meta.TransferSyntaxUID, packed.PixelData
        header.save_as(tmp_path / "jpeg" / path.name)
    for kind in ("run-length", "jpeg"):
        np.testing.assert_array_equal(read(tmp_path / kind).volume.data, made.data * 2.0 + 7, err_msg=kind)


def test_a_picture_in_an_unknown_form_is_refused_in_words(tmp_path: Path, made: Volume):
    folder = lay_out(tmp_path / "case", series(made))
    for path in folder.iterdir():
        header = dcmread(path)
        header.file_meta.TransferSyntaxUID = MPEG4HP41
        header.PixelData = encapsulate([b"nonsense"])
        header["PixelData"].is_undefined_length = True
        header.save_as(path)
    with pytest.raises(UnsupportedScan, match=r"case holds pixels in a form that cannot be decoded \(MPEG-4 AVC"):
        read(folder)


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


def test_what_no_mr_scanner_made_is_said(tmp_path: Path, made: Volume):
    scan = read(lay_out(tmp_path / "case", series(made, Modality="CT")))
    assert scan.warnings == ("The series says it is CT, not MR; the models know MR alone.",)


def test_one_of_several_frames_is_read(tmp_path: Path, made: Volume):
    later = made.with_data(made.data[::-1].copy())
    files = series(made, SeriesInstanceUID="1.2.3", AcquisitionNumber=1)
    files += series(later, SeriesInstanceUID="1.2.3", AcquisitionNumber=2)
    folder = lay_out(tmp_path / "case", files)
    with pytest.raises(UnsupportedScan, match=r"case has 4 dimensions with 2 frames; name one of 0 to 1: case@0"):
        read(folder)
    assert_same(read(tmp_path / "case@0"), made)
    second = read(tmp_path / "case@1")
    assert_same(second, later)
    assert second.name == "case_frame-1"


def test_a_slice_that_breaks_off_is_refused(tmp_path: Path, made: Volume):
    files = series(made)
    files[3] = files[3][:-40]
    with pytest.raises(UnreadableScan, match=r"case is damaged \(a slice cannot be read"):
        read(lay_out(tmp_path / "case", files))


@pytest.mark.parametrize("name", ["mgh.mgz", "mha.mha", "nrrd.nhdr"])
def test_the_zipped_series_is_the_scan_of_the_other_formats_to_the_voxel(data: Path, name: str):
    folder = data / "orientation" / "formats"
    series, other = read(folder / "DICOM.zip").volume, read(folder / name).volume
    grid = np.stack(np.meshgrid(*map(np.arange, other.shape), indexing="ij"), -1)
    ijk = series.ijk(other.ras(grid))
    at = np.rint(ijk).astype(int)
    np.testing.assert_allclose(ijk, at, atol=2e-3)
    np.testing.assert_array_equal(series.data[tuple(np.moveaxis(at, -1, 0))], other.data)


def test_the_unpacked_series_is_the_zipped_one(data: Path, tmp_path: Path):
    packed = data / "orientation" / "formats" / "DICOM.zip"
    shutil.unpack_archive(packed, tmp_path)
    zipped, unpacked = read(packed), read(tmp_path)
    np.testing.assert_array_equal(unpacked.volume.data, zipped.volume.data)
    np.testing.assert_array_equal(unpacked.volume.affine, zipped.volume.affine)


def with_fractions(content: bytes, picture: Array) -> bytes:
    """A slice whose picture, (rows, columns), lies in FloatPixelData or, of 64 bits, in DoubleFloatPixelData."""
    header = dcmread(BytesIO(content))
    del header.PixelData, header.PixelRepresentation, header.BitsStored, header.HighBit
    header.BitsAllocated = 8 * picture.itemsize
    name = "FloatPixelData" if picture.dtype == np.float32 else "DoubleFloatPixelData"
    setattr(header, name, np.ascontiguousarray(picture).tobytes())
    stream = BytesIO()
    header.save_as(stream)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pictures_of_fractions_keep_them(tmp_path: Path, made: Volume, dtype: type):
    data = (made.data / 4 - 3).astype(dtype)
    files = [with_fractions(content, data[:, :, k].T) for k, content in enumerate(series(made))]
    scan = read(lay_out(tmp_path / "case", files))
    assert scan.volume.data.dtype == np.float32
    np.testing.assert_array_equal(scan.volume.data, data)


def test_more_frames_described_than_there_are_pictures_are_refused(tmp_path: Path, made: Volume):
    header = dcmread(BytesIO(enhanced(made, range(6))))
    header.NumberOfFrames, header.PixelData = 4, header.PixelData[: len(header.PixelData) * 4 // 6]
    header.save_as(tmp_path / "a.dcm")
    said = r"a\.dcm is damaged \(it describes picture 5 and holds 4\); copy or export it again\."
    with pytest.raises(UnreadableScan, match=said):
        read(tmp_path / "a.dcm")
