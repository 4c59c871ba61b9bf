"""A result as a DICOM series: the patient's and the study's, on the source's grid, and synthetic in every field."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread
from pydicom.dataset import Dataset

from engine import atomic_folder
from engine.dicom_export import save_series
from engine.errors import UnsupportedScan, UnwritableOutput
from engine.files import Scan, read
from engine.modality import Modality
from engine.progress import finish
from engine.provenance import Saved, digest, save
from engine.synthesis import Synthesis
from engine.volume import Volume
from tests.dicom_phantoms import LPS, enhanced, lay_out, pack, series
from tests.phantoms import phantom, write_phantom

itk: Any = SimpleITK

RECORD = {
    "model": "compact", "model_hash": "0123456789abcdef", "mode": "shortcut", "steps": 10, "samples": 1, "seed": 7,
    "code_version": "1",
}  # fmt: skip
TAGS: dict[str, Any] = {
    "SpecificCharacterSet": "ISO_IR 192",
    "PatientName": "Müller^Jürgen",
    "PatientID": "QX-4711",
    "PatientBirthDate": "19700102",
    "PatientSex": "M",
    "StudyDate": "20200304",
    "StudyTime": "101112",
    "StudyID": "S1",
    "AccessionNumber": "A1",
    "ReferringPhysicianName": "Doe^Jane",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.11",
    "FrameOfReferenceUID": "1.2.826.0.1.3680043.8.498.12",
    "PatientPosition": "HFS",
    "SeriesNumber": 3,
    "SeriesDescription": "Ax T1 SE",
    "Manufacturer": "Scanner works",
    "ManufacturerModelName": "Tesla",
    "RepetitionTime": "500",
    "EchoTime": "12",
    "FlipAngle": "90",
    "MagneticFieldStrength": "3",
    "SliceThickness": "3",
}
GRIDS = {
    "axial": {"orientation": "LPS"},
    "sagittal": {"orientation": "PSL"},
    "oblique": {"orientation": "LPS", "rotation": 20.0, "shift": (3.0, 4.0, 5.0)},
    "feet first": {"orientation": "LPI", "rotation": 5.0},
}


def volume_of(**wanted: Any) -> Volume:
    return phantom((12, 14, 10), (1, 1.5, 3), **wanted)


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    return read(lay_out(tmp_path / "case", series(volume_of(**GRIDS["oblique"]), **TAGS)))


def made_from(scan: Scan, **changed: Any) -> Synthesis:
    data = np.where(scan.volume.data != 0, 1000.4 - scan.volume.data, 0).astype(np.float32)
    return Synthesis(
        Modality.T1, Modality.T2, scan.volume.with_data(data), None, {"total": 1.0}, RECORD | changed, ("said once",)
    )


def exported(scan: Scan, folder: Path, **changed: Any) -> Saved:
    return finish(save_series(replace(made_from(scan), **changed), scan, folder))


def slices(folder: Path) -> list[Dataset]:
    return [dcmread(path) for path in sorted(folder.glob("*.dcm"))]


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_it_lies_on_its_source_slice_by_slice(tmp_path: Path, grid: dict[str, Any]):
    scan = read(lay_out(tmp_path / "case", series(volume_of(**grid), **TAGS)))
    saved = exported(scan, tmp_path / "out")
    back = read(saved.path)
    assert back.volume.shape == scan.volume.shape
    np.testing.assert_allclose(back.volume.affine, scan.volume.affine, atol=1e-6)
    sources = {str(one.SOPInstanceUID): one for one in map(dcmread, (tmp_path / "case").iterdir())}
    for one in slices(saved.path):
        origin = sources[one.SourceImageSequence[0].ReferencedSOPInstanceUID]
        for place in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
            assert one[place].value == origin[place].value


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_another_reader_finds_it_on_the_same_grid(tmp_path: Path, grid: dict[str, Any]):
    scan = read(lay_out(tmp_path / "case", series(volume_of(**grid), **TAGS)))
    saved = exported(scan, tmp_path / "out")
    reader = itk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(saved.path)))
    image = reader.Execute()
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    np.testing.assert_allclose(LPS @ affine, scan.volume.affine, atol=1e-4)
    values = np.rint(made_from(scan).volume.data)
    np.testing.assert_array_equal(itk.GetArrayFromImage(image).transpose(2, 1, 0), values)


def test_its_values_are_those_of_the_nifti(scan: Scan, tmp_path: Path):
    nifti = save(made_from(scan), scan, tmp_path / "nifti").path
    series = read(exported(scan, tmp_path / "out").path)
    np.testing.assert_array_equal(series.volume.data, read(nifti).volume.data)
    assert series.volume.data.dtype == np.int16


def test_intensities_beyond_16_bits_are_scaled(scan: Scan, tmp_path: Path):
    bright = made_from(scan).volume.with_data(made_from(scan).volume.data * 100)
    back = read(exported(scan, tmp_path, volume=bright).path).volume.data
    np.testing.assert_allclose(back, bright.data, atol=1e5 / 32767)


def test_opened_again_it_is_synthetic_and_knows_its_source(scan: Scan, tmp_path: Path):
    back = read(exported(scan, tmp_path / "out").path)
    assert (back.synthetic, back.modality, back.name) == (True, Modality.T2, "case_desc-synth_T2w")
    assert back.made_from == digest(scan.sources) != ""


def test_its_tags_alone_say_synthetic(scan: Scan, tmp_path: Path):
    saved = exported(scan, tmp_path / "out")
    saved.sidecar.unlink()
    back = read(saved.path.rename(tmp_path / "renamed"))
    assert (back.synthetic, back.modality) == (True, Modality.T2)


def test_every_slice_is_labelled(scan: Scan, tmp_path: Path):
    for one in slices(exported(scan, tmp_path).path):
        assert one.SyntheticData == "YES"
        assert one.ImageType[:2] == ["DERIVED", "SECONDARY"]
        assert one.ContentQualification == "RESEARCH"
        assert one.SeriesDescription == "SYNTHETIC T2 from T1; AI; research only"
        assert "compact (0123456789ab)" in one.DerivationDescription and "seed 7" in one.DerivationDescription
        assert "Not for diagnosis" in one.DerivationDescription
        made_by, scanner = one.ContributingEquipmentSequence
        purpose = made_by.PurposeOfReferenceCodeSequence[0]
        assert (purpose.CodeValue, purpose.CodingSchemeDesignator) == ("109100", "DCM")
        assert purpose.CodeMeaning == "Synthesizing Equipment"
        assert (scanner.Manufacturer, one.Manufacturer) == ("Scanner works", "Respin")


def test_patient_and_study_are_the_sources_and_the_series_is_new(scan: Scan, tmp_path: Path):
    made, source = slices(exported(scan, tmp_path / "out").path), slices_of_source(scan)
    for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate"):
        assert {str(one[name].value) for one in made} == {str(source[0][name].value)}, name
    assert str(made[0].PatientName) == "Müller^Jürgen"
    assert {one.FrameOfReferenceUID for one in made} == {TAGS["FrameOfReferenceUID"]}
    old = {one.SOPInstanceUID for one in source} | {one.SeriesInstanceUID for one in source}
    assert not old & {uid for one in made for uid in (one.SOPInstanceUID, one.SeriesInstanceUID)}
    assert len({one.SOPInstanceUID for one in made}) == len(made) == 10
    assert len({one.SeriesInstanceUID for one in made}) == 1
    assert made[0].SeriesNumber not in (3, None)


def slices_of_source(scan: Scan) -> list[Dataset]:
    return [dcmread(path) for path in scan.sources]


def test_no_times_of_a_scan_that_never_happened(scan: Scan, tmp_path: Path):
    for one in slices(exported(scan, tmp_path).path):
        assert not one.get("EchoTime") and not one.get("RepetitionTime")
        absent = {"FlipAngle", "MagneticFieldStrength", "InversionTime", "AcquisitionDate", "ContrastBolusAgent"}
        assert not absent & {element.keyword for element in one}
        assert one.ScanningSequence == "RM"


TYPE_1 = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "FrameOfReferenceUID",
    "ImageType", "PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient", "SamplesPerPixel",
    "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelData", "ScanningSequence", "SequenceVariant",
)  # fmt: skip
TYPE_2 = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber", "SeriesNumber", "PositionReferenceIndicator", "Manufacturer", "InstanceNumber",
    "SliceThickness", "ScanOptions", "MRAcquisitionType", "EchoTime", "EchoTrainLength", "RepetitionTime",
    "PatientPosition",
)  # fmt: skip
"""Of the MR Image IOD (DICOM PS3.3, A.4): must have a value; must be there."""


def test_the_standards_attributes_are_there_even_of_a_poor_source(tmp_path: Path):
    scan = read(lay_out(tmp_path / "case", series(volume_of(orientation="LPS"))))
    for one in slices(exported(scan, tmp_path / "out").path):
        assert [name for name in TYPE_1 if one.get(name) in (None, "")] == []
        assert [name for name in TYPE_2 if name not in one] == []


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian: dicom3tools) is not installed")
@pytest.mark.parametrize("source", ["classic", "enhanced"])
def test_an_independent_validator_finds_no_error(tmp_path: Path, source: str):
    made = volume_of(**GRIDS["oblique"])
    files = series(made, **TAGS) if source == "classic" else [enhanced(made, range(10), **TAGS)]
    scan = read(lay_out(tmp_path / "case", files))
    spread = scan.volume.with_data(np.linspace(0, 90, scan.volume.data.size).reshape(scan.volume.shape))
    saved = exported(scan, tmp_path / "out", uncertainty=spread)
    assert saved.uncertainty is not None
    for path in (saved.path / "0001.dcm", saved.path / "0010.dcm", saved.uncertainty / "0005.dcm"):
        told = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        lines = (told.stdout + told.stderr).splitlines()
        assert "MRImage" in lines
        # The validator of 2022 does not know (0008,001C) SyntheticData, which the standard has since 2023.
        assert [line for line in lines if line.startswith("Error") and "(0x0008,0x001c)" not in line] == []


@pytest.mark.parametrize("put", [pack, lay_out])
def test_many_frames_and_zips_are_sources_too(tmp_path: Path, put: Callable[..., Path]):
    made = volume_of(**GRIDS["oblique"])
    scan = read(put(tmp_path / "case.zip", [enhanced(made, range(9, -1, -1), **TAGS)]))
    saved = exported(scan, tmp_path / "out")
    np.testing.assert_allclose(read(saved.path).volume.affine, scan.volume.affine, atol=1e-6)
    frames = [one.SourceImageSequence[0].ReferencedFrameNumber for one in slices(saved.path)]
    assert sorted(frames) == list(range(1, 11))
    at = [one.ImagePositionPatient[2] for one in slices(saved.path)]
    assert at == sorted(at)


def test_the_uncertainty_is_a_series_of_its_own(scan: Scan, tmp_path: Path):
    spread = scan.volume.with_data(np.linspace(0, 90, scan.volume.data.size).reshape(scan.volume.shape))
    saved = exported(scan, tmp_path, uncertainty=spread)
    assert saved.uncertainty == tmp_path / "case_desc-uncertainty_T2w"
    back = read(saved.uncertainty)
    assert back.synthetic
    np.testing.assert_allclose(back.volume.data, spread.data, atol=90 / 32767)
    first, other = slices(saved.uncertainty)[0], slices(saved.path)[0]
    assert first.SeriesDescription == "SYNTHETIC T2 uncertainty from T1; AI; research only"
    assert first.SeriesNumber != other.SeriesNumber


def test_the_sidecar_lies_inside(scan: Scan, tmp_path: Path):
    saved = exported(scan, tmp_path / "out")
    assert saved.path == tmp_path / "out" / "case_desc-synth_T2w"
    assert saved.sidecar.parent == saved.path
    told = saved.sidecar.read_text()
    assert json.loads(told)["SyntheticData"] is True
    assert json.loads(told)["Warnings"] == ["said once"]
    assert "Müller" not in told and "QX-4711" not in told
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["case_desc-synth_T2w"]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_names_that_are_no_text_are_told_with_replacement_characters(tmp_path: Path):
    name = os.fsdecode(b"caf\xe9")
    try:
        scan = read(lay_out(tmp_path / name, series(volume_of(), **TAGS)))
    except OSError:
        pytest.skip("this disk takes no such name")
    made = replace(made_from(scan, model=name), warnings=(f"{name} is odd.",))
    saved = finish(save_series(made, scan, tmp_path / "out"))
    assert os.listdir(os.fsencode(tmp_path / "out")) == [b"caf\xe9_desc-synth_T2w"]
    told = json.loads(saved.sidecar.read_text(encoding="utf-8"))
    assert (told["Model"], told["Warnings"]) == ("caf\ufffd", ["caf\ufffd is odd."])
    assert all("by the model caf? (" in one.DerivationDescription for one in slices(saved.path))


def test_a_series_is_never_replaced(scan: Scan, tmp_path: Path):
    first, second = exported(scan, tmp_path), exported(scan, tmp_path)
    assert (first.path.name, second.path.name) == ("case_desc-synth_T2w", "case_desc-synth_run-2_T2w")
    assert len({slices(saved.path)[0].SeriesInstanceUID for saved in (first, second)}) == 2


def test_several_writers_to_one_name_never_mix(scan: Scan, tmp_path: Path):
    spread = scan.volume.with_data(np.ones(scan.volume.shape))
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda _: exported(scan, tmp_path / "out", uncertainty=spread), range(4)))
    assert len({one.path for one in saved}) == 4
    for one in saved:
        assert one.uncertainty is not None
        for folder in (one.path, one.uncertainty):
            assert len({made.SeriesInstanceUID for made in slices(folder)}) == 1
            assert len(slices(folder)) == 10
        assert one.uncertainty.name == one.path.name.replace("synth", "uncertainty")
    assert len(list((tmp_path / "out").iterdir())) == 8


@pytest.mark.parametrize("taken", range(11))
def test_given_up_at_any_slice_it_leaves_nothing(scan: Scan, tmp_path: Path, taken: int):
    work = save_series(made_from(scan), scan, tmp_path / "out")
    for _ in range(min(taken, 10)):
        next(work)
    work.close()
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_leaves_nothing(scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic_folder.os, "rename", full)
    with pytest.raises(UnwritableOutput, match="No space left"):
        exported(scan, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_takes_nothing_is_said(scan: Scan, tmp_path: Path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UnwritableOutput, match="cannot be made"):
        exported(scan, tmp_path / "out")


def test_a_scan_from_elsewhere_is_refused_and_nothing_invented(tmp_path: Path):
    scan = read(write_phantom(tmp_path / "case_t1.nii.gz", volume_of(orientation="LPS")))
    with pytest.raises(UnsupportedScan, match=r"case_t1\.nii\.gz did not come from DICOM.*export NIfTI\."):
        exported(scan, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_gone_or_another_is_refused(scan: Scan, tmp_path: Path):
    lay_out(tmp_path / "case", series(volume_of(**GRIDS["oblique"]), **TAGS))
    with pytest.raises(UnsupportedScan, match=r"gone or have changed .* export NIfTI\."):
        exported(scan, tmp_path / "out")
    for path in scan.sources:
        os.unlink(path)
    with pytest.raises(UnsupportedScan, match=r"gone or have changed"):
        exported(scan, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_real_series_comes_back_on_its_grid(data: Path, tmp_path: Path):
    scan = read(data / "orientation" / "formats" / "DICOM.zip")
    saved = exported(scan, tmp_path / "out")
    back = read(saved.path)
    np.testing.assert_allclose(back.volume.affine, scan.volume.affine, atol=1e-6)
    np.testing.assert_array_equal(back.volume.data, np.rint(made_from(scan).volume.data))
    assert slices(saved.path)[0].PatientID == "TESTSLICE_20070205"
