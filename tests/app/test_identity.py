"""A planted name is in nothing that is written: no result, sidecar, picture, report, log, or file of a crash."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import pytest

from app import cli
from app.faults import log_file, record
from engine import dicom
from engine.files import read
from tests.dicom_phantoms import lay_out, series
from tests.phantoms import phantom, write_phantom

NAME = "Nomennescio"
TAGS = {
    "PatientName": f"{NAME}^Anna", "PatientID": NAME, "OtherPatientNames": NAME, "ReferringPhysicianName": NAME,
    "InstitutionName": NAME, "PatientComments": NAME, "StudyDescription": NAME, "AccessionNumber": NAME,
}  # fmt: skip


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder, unpacked where it is packed."""
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            yield path, gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def assert_nameless(*folders: Path) -> None:
    found = 0
    for folder in folders:
        for path, content in written(folder):
            found += 1
            for form in (NAME.encode(), NAME.encode("utf-16-le"), NAME.lower().encode(), NAME.upper().encode()):
                assert form not in content, path
            assert NAME.lower() not in path.relative_to(folder).as_posix().lower()
    assert found


@pytest.fixture
def named(tmp_path: Path) -> dict[str, Path]:
    """A series and a NIfTI file that say who it is, in a folder that does so, too."""
    patient = tmp_path / f"{NAME}_Anna"
    patient.mkdir()
    volume = phantom((24, 28, 20), orientation="LPS")
    lay_out(patient / "case_t1", series(volume, SeriesDescription="Ax T1", **TAGS))
    path = write_phantom(patient / "plain_t1.nii.gz", volume)
    image = nib.Nifti1Image.from_filename(path)  # pyright: ignore[reportPrivateImportUsage]
    image.header["descrip"], image.header["db_name"] = NAME.encode(), NAME.encode()
    image.header["aux_file"], image.header["intent_name"] = NAME.encode(), NAME.encode()
    image.header.extensions.append(nib.nifti1.Nifti1Extension(6, NAME.encode()))
    image.to_filename(patient / "plain_t1.nii.gz")
    (patient / "plain_t1.json").write_text(f'{{"PatientName": "{NAME}", broken')
    return {"series": patient / "case_t1", "file": path}


@pytest.mark.parametrize("kind", ["series", "file"])
def test_results_sidecars_and_pictures_say_no_name(
    named: dict[str, Path], kind: str, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    words = ["synthesize", str(named[kind]), "--to", "t2", "--from", "t1", "--samples", "2", "--steps", "1"]
    words += ["--model", str(tiny_bundle), "--device", "cpu", "--threads", "1", "--out", str(out)]
    assert cli.run(words) == 0
    assert cli.run(["render", str(named[kind]), "--out", str(out / "views.png")]) == 0
    assert len(list(out.iterdir())) == 4
    assert_nameless(out)
    assert list(scratch.glob("respin*")) == []


def test_what_decoding_lays_on_the_disk_says_no_name(
    named: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A kill would leave it there."""
    seen: list[bytes] = []

    class Kept(tempfile.TemporaryDirectory):
        def cleanup(self) -> None:
            seen.extend(path.read_bytes() for path in Path(self.name).iterdir())
            super().cleanup()

        def __exit__(self, *said: object) -> None:
            self.cleanup()

    monkeypatch.setattr(dicom, "TemporaryDirectory", Kept)
    monkeypatch.setattr(dicom, "_PLAIN", ())  # every picture takes the way of the compressed ones
    assert read(named["series"]).volume.shape == (24, 28, 20)
    assert len(seen) == 20
    assert not [content for content in seen if NAME.encode() in content]


@pytest.mark.parametrize("kind", ["series", "file"])
def test_a_fault_of_ours_is_logged_without_a_name(named: dict[str, Path], kind: str, monkeypatch: pytest.MonkeyPatch):
    def fail(scan: object, at: object) -> None:
        try:
            {}[NAME]
        except KeyError as error:
            raise OSError(2, "No such file", f"{named[kind]}/IM_1") from error

    monkeypatch.setattr("app.batch.describe", fail)
    assert cli.run(["info", str(named[kind])]) == 1
    logged = log_file().read_text()
    assert NAME not in logged
    assert "OSError" in logged and "KeyError" in logged and "No such file" in logged


def test_what_the_program_itself_says_stays_readable(tmp_path: Path):
    try:
        object().nowhere  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        logged = record(error, []).read_text()
    assert "has no attribute 'nowhere'" in logged
    assert os.fspath(Path(__file__).name) in logged
