"""Formats other than NIfTI: the same voxels at the same place in the patient."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from nibabel.freesurfer import mghformat

from engine.errors import UnreadableScan, UnsupportedScan
from engine.files import read, write_nifti
from engine.volume import Array, Volume
from tests.phantoms import phantom

itk: Any = SimpleITK
MGHImage: Any = mghformat.MGHImage
ORIENTATIONS = ["RAS", "LPS", "ASR", "PIR"]


def write_itk(path: Path, volume: Volume) -> Path:
    """NRRD or MetaImage by SimpleITK, which thinks in LPS."""
    image = itk.GetImageFromArray(volume.data.transpose())
    lps = np.diag([-1, -1, 1, 1]) @ volume.affine
    image.SetSpacing(volume.spacing.tolist())
    image.SetDirection((lps[:3, :3] / volume.spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    itk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("ending", ["nrrd", "mha", "mhd"])
def test_nrrd_and_metaimage_lie_where_they_should(tmp_path: Path, orientation: str, ending: str):
    made = phantom((12, 14, 16), (1, 1.5, 2), orientation, rotation=20, shift=(3, 4, 5))
    scan = read(write_itk(tmp_path / f"case_t2.{ending}", made))
    np.testing.assert_array_equal(scan.volume.data, made.data)
    np.testing.assert_allclose(scan.volume.affine, made.affine, atol=1e-6)
    assert scan.format == ("NRRD" if ending == "nrrd" else "MetaImage")
    assert (scan.name, scan.dtype, scan.header) == ("case_t2", "int16", None)
    assert (scan.volume.oriented, scan.warnings) == (True, ())


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("ending", ["mgh", "mgz"])
def test_mgh_lies_where_it_should(tmp_path: Path, orientation: str, ending: str):
    made = phantom((12, 14, 16), (1, 1.5, 2), orientation, rotation=20, shift=(3, 4, 5))
    MGHImage(made.data, made.affine).to_filename(tmp_path / f"case.{ending}")
    scan = read(tmp_path / f"case.{ending}")
    np.testing.assert_array_equal(scan.volume.data, made.data)
    np.testing.assert_allclose(scan.volume.affine, made.affine, atol=1e-4)
    assert scan.volume.data.dtype == np.int16
    assert scan.volume.data.dtype.isnative
    assert scan.warnings == ()


def test_mgh_without_directions_is_unknown(tmp_path: Path):
    image = MGHImage(phantom((12, 14, 16)).data, np.eye(4))
    header: Any = image.header
    image.to_filename(tmp_path / "a.mgh")
    content = bytearray((tmp_path / "a.mgh").read_bytes())
    at = header.template_dtype.fields["goodRASFlag"][1]
    content[at : at + 2] = b"\0\0"
    (tmp_path / "a.mgh").write_bytes(content)
    scan = read(tmp_path / "a.mgh")
    assert scan.volume.orientation == "unknown"
    assert "orientation is unknown" in scan.warnings[0]


def test_a_truncated_mgh_is_refused(tmp_path: Path):
    MGHImage(phantom((12, 14, 16)).data, np.eye(4)).to_filename(tmp_path / "a.mgh")
    (tmp_path / "b.mgh").write_bytes((tmp_path / "a.mgh").read_bytes()[:3000])
    with pytest.raises(UnreadableScan, match=r"b\.mgh ends too early"):
        read(tmp_path / "b.mgh")


def test_a_metaimage_without_its_data_file_is_refused(tmp_path: Path):
    write_itk(tmp_path / "a.mhd", phantom((12, 14, 16)))
    (tmp_path / "a.raw").unlink()
    with pytest.raises(UnreadableScan, match=r"a\.mhd names a\.raw as its data, which is not beside it"):
        read(tmp_path / "a.mhd")


def test_several_frames_flat_images_and_colours_are_refused(tmp_path: Path):
    itk.WriteImage(itk.GetImageFromArray(np.zeros((14, 16), np.int16)), str(tmp_path / "flat.mha"))
    with pytest.raises(UnsupportedScan, match="2 dimensions; expected 3"):
        read(tmp_path / "flat.mha")
    itk.WriteImage(itk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.uint8), isVector=True), str(tmp_path / "rgb.mha"))
    with pytest.raises(UnsupportedScan, match="plain intensities"):
        read(tmp_path / "rgb.mha")
    itk.WriteImage(itk.GetImageFromArray(np.zeros((4, 5, 6), np.complex64)), str(tmp_path / "complex.nrrd"))
    with pytest.raises(UnsupportedScan, match="plain intensities"):
        read(tmp_path / "complex.nrrd")


def write_frames(path: Path, data: Array) -> Path:
    """(i, j, k, frame)"""
    if path.suffix in (".mgh", ".mgz"):
        MGHImage(data, np.eye(4)).to_filename(path)
    else:
        itk.WriteImage(
            itk.GetImageFromArray(data.transpose(), isVector=False), str(path), path.name.startswith("packed")
        )
    return path


@pytest.mark.parametrize("name", ["a.nrrd", "packed.nrrd", "a.mha", "packed.mha", "a.mgh", "a.mgz"])
def test_one_of_several_frames_is_read(tmp_path: Path, name: str):
    data = np.random.default_rng(0).integers(0, 1000, (5, 6, 7, 3)).astype(np.int16)
    path = write_frames(tmp_path / name, data)
    with pytest.raises(UnsupportedScan, match=r"has 4 dimensions with 3 frames; name one of 0 to 2"):
        read(path)
    for frame in range(3):
        np.testing.assert_array_equal(read(path, frame).volume.data, data[..., frame])
    with pytest.raises(UnsupportedScan, match=r"has no frame 3; its frames are 0 to 2"):
        read(path.with_name(f"{name}@3"))


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha", "a.mhd", "packed.nrrd", "packed.mha"])
def test_a_header_that_promises_more_than_the_file_holds_is_refused(tmp_path: Path, name: str):
    write_frames(tmp_path / name, np.zeros((6, 7, 8, 1), np.int16)[..., 0])
    content = (tmp_path / name).read_bytes()
    for said, wanted in ((b"6 7 8", b"2000 2000 2000"),):
        assert said in content
        (tmp_path / name).write_bytes(content.replace(said, wanted))
    with pytest.raises(UnreadableScan, match=r"promises 16,000,000,000 bytes"):
        read(tmp_path / name)


def test_a_result_from_another_format_lies_on_its_source(tmp_path: Path):
    scan = read(write_itk(tmp_path / "case.nrrd", phantom((12, 14, 16), (1, 1.5, 2), "PIR", rotation=20)))
    write_nifti(tmp_path / "made.nii.gz", scan.volume.data, scan, "SYNTHETIC T2 from T1", "{}")
    back = read(tmp_path / "made.nii.gz")
    np.testing.assert_allclose(back.volume.affine, scan.volume.affine, atol=1e-5)
    np.testing.assert_array_equal(back.volume.data, scan.volume.data)
    assert back.volume.oriented


def test_one_scan_in_three_formats_is_one_scan(data: Path):
    volumes = [read(data / "orientation" / "formats" / name).volume for name in ("mgh.mgz", "mha.mha", "nrrd.nhdr")]
    for volume in volumes[1:]:
        np.testing.assert_array_equal(volume.data, volumes[0].data)
        np.testing.assert_allclose(volume.affine, volumes[0].affine, atol=1e-3)


UNKNOWN = "The orientation is unknown: the header does not say how the grid lies in the patient."


def zeros(path: Path, axes: int, *fields: str) -> Path:
    """NRRD or MetaImage of zeros under these fields, 4 x 5 x 6 voxels in as many frames as its axes ask for."""
    sides = " ".join("4562"[:axes])
    head = {
        ".nrrd": ("NRRD0005", "type: short", f"dimension: {axes}", *fields, f"sizes: {sides}", "encoding: raw", "\n"),
        ".mha": (
            "ObjectType = Image", f"NDims = {axes}", *fields, "BinaryData = True", f"DimSize = {sides}",
            "ElementType = MET_SHORT", "ElementDataFile = LOCAL\n",
        ),
    }  # fmt: skip
    path.write_bytes("\n".join(head[path.suffix]).replace("raw\n", "raw\nendian: little\n").encode() + bytes(480))
    return path


THREE = "space directions: (2,0,0) (0,3,0) (0,0,4)"
FOUR = "space directions: (2,0,0,0) (0,3,0,0) (0,0,4,0) (0,0,0,1)"


@pytest.mark.parametrize(
    ("space", "letters"),
    [
        ("right-anterior-superior", "RAS"), ("Left-Anterior-Superior", "LAS"), ("left-posterior-superior", "LPS"),
        ("RAS", "RAS"), ("LAS", "LAS"), ("lps", "LPS"),
    ],
)  # fmt: skip
def test_an_nrrd_in_a_space_of_the_patient_has_letters(tmp_path: Path, space: str, letters: str):
    volume = read(zeros(tmp_path / "a.nrrd", 3, f"space: {space}", THREE)).volume
    assert volume.orientation == letters
    np.testing.assert_array_equal(volume.spacing, (2, 3, 4))


def test_an_nrrd_in_space_and_time_has_letters_where_itk_turns_none(tmp_path: Path):
    for space in ("left-posterior-superior-time", "LPST"):
        assert read(zeros(tmp_path / "a.nrrd", 4, f"space: {space}", FOUR), 1).volume.orientation == "LPS"
    for space in ("right-anterior-superior-time", "LAST"):
        assert read(zeros(tmp_path / "a.nrrd", 4, f"space: {space}", FOUR), 1).volume.orientation == "unknown"


@pytest.mark.parametrize(
    "fields",
    [
        (), ("spacings: 2 3 4",), ("space dimension: 3", THREE), ("space: scanner-xyz", THREE),
        ("space: 3D-right-handed", THREE), ("space: LPS",), ("space: LPS", "space directions: none none none"),
        ("space: LPS", "space directions: (2,0,0) (0,3,0) none"),
    ],
)  # fmt: skip
def test_an_nrrd_that_does_not_say_how_it_lies_is_unknown(tmp_path: Path, fields: tuple[str, ...]):
    scan = read(zeros(tmp_path / "a.nrrd", 3, *fields))
    assert scan.volume.orientation == "unknown"
    assert scan.warnings[0] == UNKNOWN


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("a.nrrd", ("space dimension: 3", THREE, "space origin: (10,20,30)")),
        ("a.mha", ("ElementSpacing = 2 3 4", "Offset = 10 20 30")),
    ],
)
def test_what_is_made_of_a_grid_without_directions_lies_on_it(tmp_path: Path, name: str, fields: tuple[str, ...]):
    """A NIfTI that claims to know nothing, either, comes back onto the same grid."""
    scan = read(zeros(tmp_path / name, 3, *fields))
    np.testing.assert_array_equal(scan.volume.spacing, (2, 3, 4))
    write_nifti(tmp_path / "made.nii.gz", scan.volume.data, scan, "a label", "a comment")
    again = read(tmp_path / "made.nii.gz").volume
    np.testing.assert_allclose(again.affine, scan.volume.affine, atol=1e-5)
    assert again.orientation == "unknown"


def test_an_nrrd_that_itk_wrote_with_time_lies_as_itk_says(tmp_path: Path):
    scan = read(zeros(tmp_path / "a.nrrd", 4, "space dimension: 4", FOUR), 1)
    assert scan.volume.orientation == "LPS"
    assert UNKNOWN not in scan.warnings


@pytest.mark.parametrize("name", ["TransformMatrix", "Rotation", "Orientation"])
def test_a_metaimage_with_directions_has_letters(tmp_path: Path, name: str):
    scan = read(zeros(tmp_path / "a.mha", 3, f"{name} = 0 1 0 -1 0 0 0 0 1"))
    assert scan.volume.orientation == "PRS"
    assert UNKNOWN not in scan.warnings


@pytest.mark.parametrize("fields", [(), ("AnatomicalOrientation = ASL",)])
def test_a_metaimage_without_directions_is_unknown(tmp_path: Path, fields: tuple[str, ...]):
    scan = read(zeros(tmp_path / "a.mha", 3, "ElementSpacing = 2 3 4", *fields))
    assert scan.volume.orientation == "unknown"
    assert scan.warnings[0] == UNKNOWN
