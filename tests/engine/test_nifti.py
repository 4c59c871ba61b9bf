"""The header's rule about where the grid lies, and the voxels as they are stored."""

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.analyze import AnalyzeImage
from nibabel.loadsave import load
from nibabel.nifti1 import Nifti1Extension, Nifti1Header, Nifti1Image
from nibabel.nifti2 import Nifti2Header

from engine import nifti
from engine.errors import UnreadableScan, UnsupportedScan
from engine.files import read
from engine.modality import Modality
from engine.provenance import save
from engine.synthesis import Synthesis
from engine.volume import Array

SHAPE = (7, 8, 9)
SFORM = np.array([[0.0, -2, 0, 10], [3, 0, 0, -20], [0, 0, 4, 30], [0, 0, 0, 1]])
QFORM = np.diag([-3.0, 2, 4, 1])


def write(path: Path, data: Array | None = None, made: type[Nifti1Header] = Nifti1Header, **fields: Any) -> Path:
    """A file whose raw header fields are as given, whether they make sense or not."""
    data = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE) if data is None else data
    header = made(endianness="<")
    header.set_data_shape(data.shape)
    header.set_data_dtype(data.dtype)
    header.set_sform(SFORM, 1)
    for name, value in fields.items():
        header[name] = value
    header["vox_offset"] = 0
    with path.open("wb") as stream:
        header.write_to(stream)
        stream.seek(int(header["vox_offset"]))
        stream.write(data.tobytes(order="F"))
    return path


def with_qform(affine: Array, code: int = 1) -> Any:
    """Header fields of a qform, by name."""
    header = Nifti1Header()
    header.set_qform(affine, code)
    names = ("pixdim", "qform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z")
    return {name: header[name] for name in names}


def test_the_sform_counts_where_its_code_is_set(tmp_path: Path):
    scan = read(write(tmp_path / "a.nii", **with_qform(QFORM, 0)))
    np.testing.assert_array_equal(scan.volume.affine, SFORM)
    assert scan.volume.orientation == "ALS"
    assert scan.warnings == ()


def test_a_qform_with_code_0_is_junk_and_not_heard(tmp_path: Path):
    junk = with_qform(QFORM, 0) | {"quatern_b": 0.5, "qoffset_x": 1e6}
    assert read(write(tmp_path / "a.nii", **junk)).warnings == ()


def test_the_qform_counts_where_only_it_is_set(tmp_path: Path):
    scan = read(write(tmp_path / "a.nii", sform_code=0, **with_qform(QFORM)))
    np.testing.assert_allclose(scan.volume.affine, QFORM)
    assert scan.volume.orientation == "LAS"


def test_neither_set_is_unknown_and_said(tmp_path: Path):
    scan = read(write(tmp_path / "a.nii", sform_code=0, pixdim=[1, 3, 2, 4, 0, 0, 0, 0]))
    assert scan.volume.orientation == "unknown"
    np.testing.assert_allclose(scan.volume.spacing, (3, 2, 4))
    assert "orientation is unknown" in scan.warnings[0]


def test_both_set_and_different_says_by_how_many_mm_at_the_worst_corner(tmp_path: Path):
    other = SFORM.copy()
    other[:3, 3] += (3, 4, 0)
    other[:3, 2] *= 1.5  # 2 mm more in each of eight steps
    scan = read(write(tmp_path / "a.nii", **with_qform(other)))
    worst = np.linalg.norm((3, 4, 16))
    assert scan.warnings == (
        f"The sform and the qform differ by {worst:.1f} mm at the worst corner; the sform is used.",
    )
    np.testing.assert_array_equal(scan.volume.affine, SFORM)


def test_both_set_and_equal_is_no_matter(tmp_path: Path):
    assert read(write(tmp_path / "a.nii", **with_qform(SFORM))).warnings == ()


def test_an_sform_that_cannot_be_inverted_is_passed_over(tmp_path: Path):
    scan = read(write(tmp_path / "a.nii", srow_x=[0, 0, 0, 0], **with_qform(QFORM)))
    np.testing.assert_allclose(scan.volume.affine, QFORM)
    assert "sform cannot be used" in scan.warnings[0]


def test_a_quaternion_that_is_none_is_passed_over(tmp_path: Path):
    scan = read(write(tmp_path / "a.nii", sform_code=0, **with_qform(QFORM) | {"quatern_b": 3.0}))
    assert scan.volume.orientation == "unknown"
    assert "qform cannot be used" in scan.warnings[0]


@pytest.mark.parametrize("zooms", [(0, 2, 4), (-3, 2, 4), (np.nan, 2, 4)])
def test_a_voxel_size_that_is_not_positive_is_mended_and_said(tmp_path: Path, zooms: tuple[float, ...]):
    fields = with_qform(QFORM) | {"pixdim": [-1, *zooms, 0, 0, 0, 0]}
    scan = read(write(tmp_path / "a.nii", sform_code=0, **fields))
    assert "is not positive" in scan.warnings[0]
    first = 3 if zooms[0] == -3 else 1
    np.testing.assert_allclose(scan.volume.spacing, (first, 2, 4))


@pytest.mark.parametrize(("unit", "factor"), [(0, 1), (1, 1000), (2, 1), (3, 0.001), (2 + 8, 1)])
def test_space_is_in_mm_whatever_the_unit_of_the_file(tmp_path: Path, unit: int, factor: float):
    scan = read(write(tmp_path / "a.nii", xyzt_units=unit))
    np.testing.assert_allclose(scan.volume.affine[:3], SFORM[:3] * factor)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8", "i8", "u8"])
@pytest.mark.parametrize("order", "<>")
def test_voxels_keep_their_type_and_values(tmp_path: Path, dtype: str, order: Any):
    data = np.random.default_rng(0).integers(0, 100, SHAPE).astype(dtype)
    header = Nifti1Header(endianness=order)
    header.set_data_shape(SHAPE)
    header.set_data_dtype(data.dtype)
    header.set_sform(SFORM, 1)
    stream = io.BytesIO()
    header.write_to(stream)
    swapped = data.astype(data.dtype.newbyteorder(order))
    (tmp_path / "a.nii").write_bytes(stream.getvalue().ljust(352, b"\0") + swapped.tobytes(order="F"))
    scan = read(tmp_path / "a.nii")
    assert scan.volume.data.dtype == np.dtype(dtype)
    assert scan.volume.data.dtype.isnative
    assert scan.dtype == np.dtype(dtype).name
    np.testing.assert_array_equal(scan.volume.data, data)
    assert any("64" in warning for warning in scan.warnings) == (dtype in ("i8", "u8"))


def test_scaled_voxels_are_what_nibabel_says_in_float32(tmp_path: Path):
    path = write(tmp_path / "a.nii", scl_slope=0.5, scl_inter=-3)
    scan = read(path)
    assert scan.volume.data.dtype == np.float32
    assert scan.dtype == "int16"
    image: Any = load(path)
    np.testing.assert_allclose(scan.volume.data, image.get_fdata())


@pytest.mark.parametrize("slope", [0, 1, np.nan, np.inf])
def test_a_scale_that_is_none_changes_nothing(tmp_path: Path, slope: float):
    assert read(write(tmp_path / "a.nii", scl_slope=slope, scl_inter=0)).volume.data.dtype == np.int16


def test_one_frame_is_a_volume(tmp_path: Path):
    assert read(write(tmp_path / "a.nii", np.ones((7, 8, 9, 1, 1), np.int16))).volume.shape == SHAPE


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_one_of_several_frames_is_read(tmp_path: Path, ending: str):
    data = np.random.default_rng(0).integers(0, 1000, (7, 8, 9, 3)).astype(np.int16)
    path = write(tmp_path / "a.nii", data)
    if ending == "nii.gz":
        path.with_name("a.nii.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_name("a.nii.gz")
    with pytest.raises(UnsupportedScan, match=rf"a\.{ending} has 4 dimensions with 3 frames; name one of 0 to 2: a"):
        read(path)
    for frame in range(3):
        scan = read(path.with_name(f"{path.name}@{frame}"))
        np.testing.assert_array_equal(scan.volume.data, data[..., frame])
        assert scan.name == f"a_frame-{frame}"
    with pytest.raises(UnsupportedScan, match=r"has no frame 3; its frames are 0 to 2"):
        read(path, 3)


def halves(folder: Path, made: type[Nifti1Header] = Nifti1Header) -> tuple[Path, Path, Array]:
    """A .hdr and .img pair of NIfTI."""
    data = np.random.default_rng(0).integers(0, 1000, SHAPE).astype(np.int16)
    whole = write(folder / "whole.nii", data, made)
    content = bytearray(whole.read_bytes())
    magic = content.index(b"n+")
    content[magic : magic + 2] = b"ni"
    (folder / "a.hdr").write_bytes(content[: made.sizeof_hdr + 4])
    (folder / "a.img").write_bytes(data.tobytes(order="F"))
    whole.unlink()
    return folder / "a.hdr", folder / "a.img", data


@pytest.mark.parametrize("made", [Nifti1Header, Nifti2Header])
@pytest.mark.parametrize("packed", [False, True])
def test_either_half_of_a_pair_opens_it(tmp_path: Path, made: type[Nifti1Header], packed: bool):
    header, image, data = halves(tmp_path, made)
    content = bytearray(header.read_bytes())
    if made is Nifti1Header:
        content[108:112] = bytes(4)  # the voxels begin at the start of their own file
    else:
        content[168:176] = bytes(8)
    header.write_bytes(content)
    if packed:
        image.with_name("a.img.gz").write_bytes(gzip.compress(image.read_bytes()))
        image.unlink()
        image = image.with_name("a.img.gz")
    for given in (header, image):
        scan = read(given)
        np.testing.assert_array_equal(scan.volume.data, data)
        np.testing.assert_array_equal(scan.volume.affine, SFORM)
        assert scan.sources == (header, image)
        assert scan.name == "a"


def test_half_a_pair_is_refused(tmp_path: Path):
    header, image, _ = halves(tmp_path)
    content = image.read_bytes()
    image.unlink()
    with pytest.raises(UnreadableScan, match=r"a\.hdr is one half of a \.hdr/\.img pair; put its \.img file beside it"):
        read(header)
    image.write_bytes(content[:-100])
    with pytest.raises(UnreadableScan, match=r"a\.img ends too early"):
        read(image)
    header.unlink()
    with pytest.raises(UnreadableScan, match=r"a\.img is not a scan that Respin knows"):
        read(image)


def test_analyze_opens_and_its_orientation_is_unknown(tmp_path: Path):
    data = np.random.default_rng(0).integers(0, 1000, SHAPE).astype(np.int16)
    image: Any = AnalyzeImage(data, np.diag([-2.0, 3, 4, 1]))
    image.to_filename(tmp_path / "a.hdr")
    scan = read(tmp_path / "a.img")
    np.testing.assert_array_equal(scan.volume.data, data)
    np.testing.assert_allclose(scan.volume.spacing, (2, 3, 4))
    assert (scan.format, scan.volume.orientation) == ("Analyze 7.5", "unknown")
    assert scan.warnings == ("The orientation is unknown: the Analyze format does not say left from right.",)


def test_a_flat_image_is_refused_and_a_single_slice_is_warned_of(tmp_path: Path):
    with pytest.raises(UnsupportedScan, match=r"a\.nii has 2 dimensions; expected 3"):
        read(write(tmp_path / "a.nii", np.ones((7, 8), np.int16)))
    assert any("single slice" in said for said in read(write(tmp_path / "b.nii", np.eye(8)[..., None])).warnings)


@pytest.mark.parametrize(
    ("code", "said"),
    [(128, "colours"), (2304, "colours"), (32, "complex"), (1792, "complex"), (1536, "128 bits"), (1, "bits")],
)
def test_voxels_that_are_no_intensities_are_refused(tmp_path: Path, code: int, said: str):
    with pytest.raises(UnsupportedScan, match=said):
        read(write(tmp_path / "a.nii", datatype=code))


@pytest.mark.parametrize("fields", [{"datatype": 77}, {"dim": [3, 7, -8, 9, 1, 1, 1, 1]}, {"dim": [9] * 8}])
def test_a_damaged_header_is_refused(tmp_path: Path, fields: dict[str, Any]):
    with pytest.raises(UnreadableScan, match="damaged header"):
        read(write(tmp_path / "a.nii", **fields))


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_a_huge_promise_in_a_small_file_is_refused_before_allocating(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
):
    plain = write(tmp_path / "plain.nii", dim=[3, 2000, 2000, 2000, 1, 1, 1, 1])
    path = tmp_path / f"a.{ending}"
    path.write_bytes(plain.read_bytes() if ending == "nii" else gzip.compress(plain.read_bytes()))
    monkeypatch.setattr(np, "empty", lambda *_: pytest.fail("allocated"))
    with pytest.raises(UnreadableScan, match=r"promises 16,000,000,352 bytes"):
        read(path)


def test_numbers_that_are_none_are_counted(tmp_path: Path):
    data = np.ones(SHAPE, np.float32)
    data[0, 0, :3] = np.nan, np.inf, -np.inf
    scan = read(write(tmp_path / "a.nii", data))
    assert scan.warnings == ("3 voxels are not numbers (NaN or infinite); synthesis takes them as background.",)


def test_a_constant_image_is_said(tmp_path: Path):
    assert read(write(tmp_path / "a.nii", np.full(SHAPE, 7, np.int16))).warnings == (
        "The image is constant: every voxel is 7.",
    )


@pytest.mark.parametrize("made", [Nifti1Header, Nifti2Header])
def test_what_is_written_has_the_geometry_bit_for_bit(made: type[Nifti1Header], tmp_path: Path):
    odd = with_qform(SFORM) | {"srow_x": [1e-7, -2.0000002, 0, np.float32(1 / 3)], "sform_code": 4, "xyzt_units": 10}
    source = read(write(tmp_path / "a.nii", made=made, **odd))
    stream = io.BytesIO()
    nifti.write(stream, source.volume.data, source.header, "SYNTHETIC", "{}")
    stream.seek(0)
    written = made.from_fileobj(stream)
    for name in nifti.GEOMETRY:
        assert written[name].tobytes() == source.header[name].tobytes(), name
    assert written["pixdim"][:4].tobytes() == source.header["pixdim"][:4].tobytes()


def test_no_time_of_an_acquisition_is_written(tmp_path: Path):
    source = read(write(tmp_path / "a.nii", pixdim=[1, 3, 2, 4, 2.5, 0, 0, 0], descrip=b"TE=12;Time=231118"))
    stream = io.BytesIO()
    nifti.write(stream, source.volume.data, source.header, "SYNTHETIC", "{}")
    assert b"TE=12" not in stream.getvalue()
    stream.seek(0)
    assert Nifti1Header.from_fileobj(stream)["pixdim"][4] == 0


def test_a_description_that_does_not_fit_is_our_fault(tmp_path: Path):
    source = read(write(tmp_path / "a.nii"))
    with pytest.raises(ValueError, match="79 fit"):
        nifti.write(io.BytesIO(), source.volume.data, source.header, "x" * 80, "{}")


def test_foreign_and_broken_extensions_do_no_harm(tmp_path: Path):
    source = read(write(tmp_path / "a.nii"))
    stream = io.BytesIO()
    nifti.write(stream, source.volume.data, source.header, "", "SYNTHETIC")
    sound = bytearray(stream.getvalue())
    assert sound[356:360] == (6).to_bytes(4, "little")
    for at, value in ((352, 0), (352, 2**31 - 1), (356, 99)):
        broken = bytearray(sound)
        broken[at : at + 4] = value.to_bytes(4, "little")
        (tmp_path / "b.nii").write_bytes(broken)
        scan = read(tmp_path / "b.nii")
        assert not scan.synthetic
        np.testing.assert_array_equal(scan.volume.data, source.volume.data)


def test_several_extensions_are_all_read(tmp_path: Path):
    image = Nifti1Image(np.ones(SHAPE, np.int16), SFORM)
    extensions: Any = image.header.extensions
    extensions += [Nifti1Extension(4, b"<afni/>"), Nifti1Extension("comment", b"SYNTHETIC T2 from T1")]
    image.to_filename(tmp_path / "a.nii.gz")
    assert read(tmp_path / "a.nii.gz").synthetic


def test_a_handedness_of_0_is_taken_as_1(tmp_path: Path):
    said = [
        read(
            write(tmp_path / f"{qfac}.nii", sform_code=0, **with_qform(QFORM) | {"pixdim": [qfac, 1, 2, 4, 0, 0, 0, 0]})
        )
        for qfac in (0, 1)
    ]
    np.testing.assert_array_equal(said[0].volume.affine, said[1].volume.affine)


@pytest.mark.parametrize("made", [Nifti1Header, Nifti2Header])
def test_a_synthesis_from_one_of_several_frames_is_one_volume(tmp_path: Path, made: type[Nifti1Header]):
    data = np.random.default_rng(0).integers(0, 1000, (*SHAPE, 3)).astype(np.int16)
    path = write(tmp_path / "perf_t1.nii", data, made, pixdim=[1, 3, 2, 4, 1.5, 0, 0, 0], xyzt_units=10)
    source = read(f"{path}@2")
    synthesis = Synthesis(Modality.T1, Modality.T2, source.volume, None, {}, {}, ())
    saved = save(synthesis, source, tmp_path / "out")
    image: Any = load(saved.path)
    np.testing.assert_array_equal(np.asarray(image.dataobj), data[..., 2])
    assert image.header["dim"].tolist() == [3, *SHAPE, 1, 1, 1, 1]
    assert image.header["pixdim"][4:].tolist() == [0, 0, 0, 0]
    back = read(saved.path)
    np.testing.assert_array_equal(back.volume.data, data[..., 2])
    np.testing.assert_array_equal(back.volume.affine, source.volume.affine)
