"""Scans in, labelled volumes out."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.loadsave import load

from engine.errors import UnwritableOutput
from engine.files import Scan, read, write_nifti
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom, write_phantom

LABEL = "SYNTHETIC T2 from T1; AI; research only"
NOTE = json.dumps({"SyntheticData": True})


@pytest.fixture
def source(tmp_path: Path) -> Scan:
    return read(write_phantom(tmp_path / "case_t1.nii.gz", shape=(12, 14, 16), orientation="PIR", rotation=15))


def header(path: Path) -> Any:
    image: Any = load(path)
    return image.header


def test_a_scan_knows_what_it_is(source: Scan):
    assert (source.name, source.format, source.dtype) == ("case_t1", "NIfTI-1", "int16")
    assert source.modality is Modality.T1
    assert not source.synthetic
    assert source.warnings == ()


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_what_is_written_comes_back(source: Scan, tmp_path: Path, ending: str):
    data = source.volume.data[::-1].copy()
    write_nifti(tmp_path / f"b.{ending}", data, source, LABEL, NOTE)
    back = read(tmp_path / f"b.{ending}")
    np.testing.assert_array_equal(back.volume.data, data)
    np.testing.assert_array_equal(back.volume.affine, source.volume.affine)
    assert back.warnings == ()
    written: Any = load(tmp_path / f"b.{ending}")
    original: Any = load(source.path)
    np.testing.assert_array_equal(np.asarray(written.dataobj), data)
    np.testing.assert_array_equal(written.affine, original.affine)
    assert header(tmp_path / f"b.{ending}")["descrip"].item().decode() == LABEL


def test_the_same_result_makes_the_same_bytes(source: Scan, tmp_path: Path):
    for name in ("b.nii.gz", "c.nii.gz"):
        write_nifti(tmp_path / name, source.volume.data, source, LABEL, NOTE)
    assert (tmp_path / "b.nii.gz").read_bytes() == (tmp_path / "c.nii.gz").read_bytes()
    assert (tmp_path / "b.nii.gz").read_bytes()[4:8] == bytes(4)  # where gzip keeps the time


def test_double_precision_is_stored_as_single(source: Scan, tmp_path: Path):
    write_nifti(tmp_path / "b.nii", source.volume.data.astype(float), source, LABEL, NOTE)
    assert read(tmp_path / "b.nii").dtype == "float32"


def test_another_shape_is_our_fault(source: Scan, tmp_path: Path):
    with pytest.raises(ValueError, match="does not fit the grid"):
        write_nifti(tmp_path / "b.nii", source.volume.data[1:], source, LABEL, NOTE)
    assert not (tmp_path / "b.nii").exists()


@pytest.mark.parametrize("oriented", [True, False])
def test_a_scan_without_a_nifti_header_gets_its_affine_as_sform(tmp_path: Path, oriented: bool):
    made = phantom((12, 14, 16), (1, 2, 3), "ASR")
    scan = Scan(Volume(made.data, made.affine, oriented), Path("a.mha"), "MetaImage", None, False, (), None)
    write_nifti(tmp_path / "b.nii.gz", made.data, scan, LABEL, NOTE)
    back = read(tmp_path / "b.nii.gz")
    assert back.volume.orientation == ("ASR" if oriented else "unknown")
    np.testing.assert_allclose(back.volume.spacing, made.spacing)
    assert (int(header(back.path)["sform_code"]), int(header(back.path)["qform_code"])) == (int(oriented), 0)


def unmarked(source: Scan, path: Path, descrip: str = "", comment: str = "") -> Path:
    write_nifti(path, source.volume.data, source, descrip, comment)
    return path


def test_without_a_mark_nothing_is_synthetic(source: Scan, tmp_path: Path):
    assert not read(unmarked(source, tmp_path / "b.nii.gz")).synthetic


@pytest.mark.parametrize(
    ("descrip", "comment", "sidecar"),
    [
        (LABEL, "", None),
        ("", NOTE, None),
        ("", LABEL, None),
        ("", "", {"SyntheticData": True}),
    ],
)
def test_each_mark_alone_is_enough(
    source: Scan, tmp_path: Path, descrip: str, comment: str, sidecar: dict[str, Any] | None
):
    path = unmarked(source, tmp_path / "renamed.nii.gz", descrip, comment)
    if sidecar is not None:
        (tmp_path / "renamed.json").write_text(json.dumps(sidecar))
    assert read(path).synthetic


def test_the_default_name_alone_is_enough(source: Scan, tmp_path: Path):
    scan = read(unmarked(source, tmp_path / "case_t1_desc-synth_T2w.nii.gz"))
    assert scan.synthetic
    assert scan.modality is Modality.T2


DEEP = pytest.param("[" * 50_000, id="deep")


@pytest.mark.parametrize("sidecar", ["{", "[]", '{"SyntheticData": "no"}', "\udcff", DEEP])
def test_a_sidecar_that_says_nothing_makes_nothing_synthetic(source: Scan, tmp_path: Path, sidecar: str):
    path = unmarked(source, tmp_path / "b.nii.gz")
    (tmp_path / "b.json").write_bytes(sidecar.encode("utf-8", "surrogateescape"))
    scan = read(path)
    assert not scan.synthetic
    assert any("beside the scan cannot be read" in said for said in scan.warnings) == (sidecar[:2] not in ("[]", '{"'))


@pytest.mark.parametrize("comment", ["{", "[]", "somebody's words", DEEP])
def test_a_comment_that_says_nothing_makes_nothing_synthetic(source: Scan, tmp_path: Path, comment: str):
    scan = read(unmarked(source, tmp_path / "b.nii.gz", comment=comment))
    assert (scan.synthetic, scan.warnings) == (False, ())


def test_a_renamed_export_still_knows_its_contrast(source: Scan, tmp_path: Path):
    assert read(unmarked(source, tmp_path / "x.nii.gz", LABEL)).modality is Modality.T2


def test_the_sidecar_tells_a_contrast_that_the_name_does_not(source: Scan, tmp_path: Path):
    path = unmarked(source, tmp_path / "series004.nii.gz")
    (tmp_path / "series004.json").write_text(json.dumps({"Modality": "MR", "SeriesDescription": "Ax T2 FLAIR"}))
    assert read(path).modality is Modality.FLAIR


def test_a_write_that_fails_leaves_no_file(source: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnwritableOutput, match=r"b\.nii\.gz cannot be written .*No space left"):
        write_nifti(tmp_path / "b.nii.gz", source.volume.data, source, LABEL, NOTE)
    assert os.listdir(tmp_path) == ["case_t1.nii.gz"]
