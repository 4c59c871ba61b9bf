"""A planted name is in nothing that is written but where it is promised to be.

No result, sidecar, picture, report, log, or file of a crash; of a DICOM export only the fields of patient and study.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import pydicom
import pytest
import SimpleITK as sitk

from app import cli
from app.faults import log_file, record
from app.pictures import png
from app.state.viewer import Plane
from engine import dicom
from engine.files import read
from engine.modality import Modality
from tests.app.test_report import pictures, report
from tests.dicom_phantoms import lay_out, series
from tests.engine.test_foreign import write_itk
from tests.pdf import text_of
from tests.phantoms import phantom, write_phantom

NAME, OTHER = "Nomennescio", "Jemandanders"
STUDY = {"PatientName", "PatientID", "ReferringPhysicianName", "StudyDescription", "AccessionNumber"}
"""Whose a DICOM series is and which study it belongs to: an export stands beside its source."""
ELSEWHERE = {"OtherPatientNames", "InstitutionName", "PatientComments", "OperatorsName", "SeriesDescription"}
KINDS = ("series", "file", "nrrd", "mha")

pytestmark = pytest.mark.usefixtures("qapp")


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


def plant(folder: Path, name: str) -> dict[str, Path]:
    """One head in four formats, each of which says in its header who it is."""
    folder.mkdir()
    volume = phantom((24, 28, 20), orientation="LPS")
    tags = dict.fromkeys(sorted(STUDY | ELSEWHERE), name)
    found = {"series": lay_out(folder / "case_t1", series(volume, **tags))}
    found["file"] = write_phantom(folder / "plain_t1.nii.gz", volume)
    image = nib.Nifti1Image.from_filename(found["file"])  # pyright: ignore[reportPrivateImportUsage]
    image.header["descrip"], image.header["db_name"] = name.encode(), name.encode()
    image.header["aux_file"], image.header["intent_name"] = name.encode(), name.encode()
    image.header.extensions.append(nib.nifti1.Nifti1Extension(6, name.encode()))
    for ending in ("nrrd", "mha"):
        found[ending] = write_itk(folder / f"plain_t1.{ending}", volume)
        keyed = sitk.ReadImage(os.fspath(found[ending]))
        for key in ("PatientName", "Comment", "Name"):
            keyed.SetMetaData(key, name)
        sitk.WriteImage(keyed, os.fspath(found[ending]))
    image.to_filename(found["file"])
    (folder / "plain_t1.json").write_text(f'{{"PatientName": "{name}", broken')
    return found


@pytest.fixture
def named(tmp_path: Path) -> dict[str, Path]:
    """Scans that say who it is, in a folder that does so, too."""
    return plant(tmp_path / f"{NAME}_Anna", NAME)


@pytest.fixture
def twin(tmp_path: Path) -> dict[str, Path]:
    """The same scans of somebody else."""
    return plant(tmp_path / OTHER, OTHER)


def test_the_name_is_planted_in_every_format(named: dict[str, Path]):
    assert all(NAME.encode() in content for _, content in written(named["series"].parent))


@pytest.mark.parametrize("kind", KINDS)
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


def test_a_dicom_export_names_patient_and_study_and_nothing_else(
    named: dict[str, Path], tiny_bundle: Path, tmp_path: Path
):
    words = ["synthesize", str(named["series"]), "--to", "t2", "--from", "t1", "--samples", "2", "--steps", "1"]
    words += ["--model", str(tiny_bundle), "--device", "cpu", "--threads", "1", "--out", str(tmp_path / "out")]
    assert cli.run([*words, "--format", "dicom"]) == 0
    slices = list((tmp_path / "out").rglob("*.dcm"))
    assert len(slices) == 2 * 20
    for path in slices:
        holding = [element.keyword for element in pydicom.dcmread(path).iterall() if NAME in str(element.value)]
        assert set(holding) == STUDY, path
        assert path.read_bytes().count(NAME.encode()) == len(STUDY)
        path.unlink()
    assert_nameless(tmp_path / "out")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_the_same_whatever_the_header_says(
    named: dict[str, Path], twin: dict[str, Path], kind: str, tmp_path: Path
):
    """In its pixels and in whatever else is in the file."""
    drawn = []
    for scan in (named[kind], twin[kind]):
        assert cli.run(["render", str(scan), "--out", str(tmp_path / "views.png")]) == 0
        drawn.append((tmp_path / "views.png").read_bytes())
    assert drawn[0] == drawn[1]


def shoot(window, path: Path, annotations: bool) -> bytes:
    """The picture that Ctrl+P saves of one scan."""
    window.study.selected = next(entry for entry in window.study.entries if entry.scan.path == path)
    window.viewer.only, window.viewer.annotations = Plane.AXIAL, annotations
    window.grid.refresh()
    return png(window.grid.picture(1.0))


def test_a_picture_of_the_window_shows_the_files_name_with_the_annotations_and_only_so(
    window, open_scans, named: dict[str, Path], twin: dict[str, Path]
):
    called = named["file"].rename(named["file"].with_name(f"{NAME}_t1.nii.gz"))
    open_scans(named["nrrd"], called)
    open_scans(twin["nrrd"])
    same = [shoot(window, path, annotations=True) for path in (named["nrrd"], twin["nrrd"])]
    assert same[0] == same[1]
    assert shoot(window, called, annotations=True) != same[0]
    assert shoot(window, called, annotations=False) == shoot(window, twin["nrrd"], annotations=False)


def test_a_report_says_no_name_in_words_or_pixels(
    qtbot, window, open_scans, named: dict[str, Path], twin: dict[str, Path], tmp_path: Path, monkeypatch
):
    seen = []
    for count, (scans, name) in enumerate(((named, NAME), (twin, OTHER)), 1):
        open_scans(scans["file"].rename(scans["file"].with_name(f"{name}_t1.nii.gz")))
        window.synthesizing.order(window.study.entries[-1], (Modality.T2,))
        qtbot.waitUntil(lambda count=count: len(window.study.entries) == 2 * count)
        seen.append(pictures(report(qtbot, window, monkeypatch, tmp_path / f"{count}.html")))
    assert len(seen[0]) == 4 and seen[0] == seen[1]
    window.study.selected = window.study.entries[1]
    pdf = report(qtbot, window, monkeypatch, tmp_path / "1.pdf").encode("latin-1")
    told = text_of(pdf)
    assert "Notfordiagnosis" in told and NAME not in told
    for content in (pdf, (tmp_path / "1.html").read_bytes()):
        assert NAME.encode() not in content and NAME.encode("utf-16-be") not in content


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
