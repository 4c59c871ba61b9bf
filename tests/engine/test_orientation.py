"""Real files of every axis order, and odd ones: what the table beside the data says of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.loadsave import load

from engine.errors import UnsupportedScan
from engine.files import read, write_nifti
from engine.preprocess import from_model, to_model
from engine.presets import Grid
from engine.volume import Volume

POINTS = [(0, 0, 0), (-31.5, 18.25, 40.0), (42.0, -60.0, 5.5)]
"""World mm inside the head."""


@pytest.fixture(scope="module")
def niftispace(data: Path) -> dict[str, Volume]:
    """By the letters in the file's name."""
    found = {
        path.name.split(".")[0]: read(path).volume for path in sorted((data / "orientation/niftispace").glob("*.gz"))
    }
    assert len(found) == 24
    return found


def test_the_letters_are_those_of_the_name(niftispace: dict[str, Volume]):
    assert {name: volume.orientation for name, volume in niftispace.items()} == {name: name for name in niftispace}


@pytest.mark.parametrize("ras", POINTS)
def test_one_world_point_has_one_intensity_in_all(niftispace: dict[str, Volume], ras: tuple[float, ...]):
    said = [volume.intensity(ras) for volume in niftispace.values()]
    assert None not in said
    np.testing.assert_allclose(np.array(said, float), np.median(np.array(said, float)), rtol=1e-4)


def test_all_orders_reach_the_network_as_one_and_come_back_on_their_own_grid(niftispace: dict[str, Volume]):
    first = None
    for volume in niftispace.values():
        array, placement = to_model(volume, Grid(spacing=2.0))
        first = array if first is None else first
        assert array.shape == first.shape
        np.testing.assert_allclose(array, first, atol=2e-3)
        back = from_model(array, volume, placement)
        assert back.shape == volume.shape
        np.testing.assert_array_equal(back.affine, volume.affine)


def test_an_exported_result_has_shape_and_affine_of_its_source_bit_for_bit(data: Path, tmp_path: Path):
    files = sorted((data / "orientation" / "niftispace").glob("*.gz"))
    files += [data / "orientation" / "odd" / name for name in ("shear.nii.gz", "minimal.nii.gz", "low_res.nii.gz")]
    for path in files:
        scan = read(path)
        made = tmp_path / path.name
        write_nifti(made, np.zeros(scan.volume.shape, np.int16), scan, "SYNTHETIC T2 from T1", "{}")
        one, other = (load(p) for p in (path, made))
        assert_same_geometry(one, other)


def assert_same_geometry(one: Any, other: Any):
    assert one.shape == other.shape
    assert one.affine.tobytes() == other.affine.tobytes()
    for form in ("sform", "qform"):
        assert int(one.header[f"{form}_code"]) == int(other.header[f"{form}_code"])
    np.testing.assert_array_equal(one.header.get_sform(), other.header.get_sform())
    np.testing.assert_array_equal(one.header.get_qform(), other.header.get_qform())


def test_shear_is_kept_and_the_disagreement_said(data: Path):
    scan = read(data / "orientation" / "odd" / "shear.nii.gz")
    j, k = scan.volume.affine[:3, 1], scan.volume.affine[:3, 2]
    angle = np.rad2deg(np.arccos(j @ k / np.linalg.norm(j) / np.linalg.norm(k)))
    assert angle == pytest.approx(71.5, abs=0.1)
    assert scan.warnings == ("The sform and the qform differ by 35.6 mm at the worst corner; the sform is used.",)


def test_minimal_says_nothing_of_its_orientation(data: Path):
    scan = read(data / "orientation" / "odd" / "minimal.nii.gz")
    assert scan.volume.orientation == "unknown"
    np.testing.assert_allclose(scan.volume.spacing, (3, 3, 3))


def test_low_res_is_read_and_complex_refused_in_words(data: Path):
    assert read(data / "orientation" / "odd" / "low_res.nii.gz").volume.shape == (7, 5, 3)
    with pytest.raises(UnsupportedScan, match=r"complex\.nii\.gz holds voxels that are complex numbers"):
        read(data / "orientation" / "odd" / "complex.nii.gz")


def test_the_oblique_slice_lies_as_its_qform_says(data: Path):
    scan = read(data / "orientation" / "odd" / "T1W_sag_5_15_30_SENSE_11_1.nii.gz")
    image: Any = load(scan.path)
    np.testing.assert_allclose(scan.volume.affine, image.get_qform())
    assert scan.volume.orientation == "PIR"
    assert any("single slice" in said for said in scan.warnings)


def test_the_letter_burned_in_on_the_patients_left_is_an_l(data: Path):
    """The foot of the L reaches far to the left; nothing as bright lies across from it."""
    volume = read(data / "orientation" / "odd" / "avg152T1_RL_nifti.nii.gz").volume
    assert volume.orientation == "RAS"
    assert volume.intensity((-60, -52, 18)) == 255
    across = volume.intensity((60, -52, 18))
    assert across is not None
    assert across < 200
