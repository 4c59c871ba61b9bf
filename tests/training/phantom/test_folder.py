"""Simulated patients as files that every command reads."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from typer.testing import CliRunner

from engine.errors import RespinError
from engine.files import read
from engine.modality import Modality
from engine.presets import Grid
from engine.progress import finish
from training.__main__ import app
from training.data import find_subjects, load_subject
from training.phantom import folder
from training.phantom.patients import Phantom

TINY = Phantom(size=(32, 40, 32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("phantoms")
    folder.simulate(place, None, count=2, seed=0, size="32,40,32", skull=False)
    return place


def test_the_command_makes_the_same_patients(made: Path, tmp_path: Path):
    words = ["phantom", "--out", str(tmp_path), "--count", "1", "--size", "32,40,32"]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    for path in (made / "Phantom_00000").iterdir():
        assert (tmp_path / "Phantom_00000" / path.name).read_bytes() == path.read_bytes()


def test_the_layout_is_that_of_brats(made: Path):
    found = find_subjects(made)
    assert list(found) == ["Phantom_00000", "Phantom_00001"]
    for name, paths in found.items():
        assert set(paths) == set(Modality)
        assert paths[Modality.T1CE] == made / name / f"{name}_t1ce.nii.gz"
        assert (made / name / f"{name}_seg.nii.gz").is_file()
    assert not [path for path in made.iterdir() if path.name.startswith(".")]


def test_a_file_says_that_no_patient_is_behind_it(made: Path):
    image = nib.load(made / "Phantom_00000" / "Phantom_00000_t2.nii.gz")  # pyright: ignore[reportPrivateImportUsage]
    assert b"PHANTOM" in bytes(image.header["descrip"])  # pyright: ignore[reportIndexIssue]
    assert read(made / "Phantom_00000" / "Phantom_00000_t2.nii.gz").volume.orientation == "RAS"


def test_in_memory_and_from_files_are_the_same_subject(made: Path):
    grid = Grid(multiple=8, margin=1)
    stored = load_subject("Phantom_00001", find_subjects(made)["Phantom_00001"], grid)
    direct = folder.subject(TINY, 1, grid)
    assert direct.name == stored.name
    assert np.array_equal(direct.mask, stored.mask)
    for modality in Modality:
        assert np.array_equal(direct.images[modality], stored.images[modality])


def test_what_is_there_stays_and_a_patient_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    finish(folder.write_folder(TINY, tmp_path, 1))
    first = tmp_path / "Phantom_00000"
    before = {path: path.stat().st_mtime_ns for path in first.iterdir()}

    def full_disk(*_: object):
        raise OSError("no space left")

    monkeypatch.setattr(folder, "write_text", full_disk)
    with pytest.raises(OSError, match="no space"):
        finish(folder.write_folder(TINY, tmp_path, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["Phantom_00000"]
    assert {path: path.stat().st_mtime_ns for path in first.iterdir()} == before


@pytest.mark.parametrize("size", ["160,190", "0,10,10", "a,b,c", "160x190x160"])
def test_a_size_that_is_none_is_refused(size: str, tmp_path: Path):
    with pytest.raises(RespinError, match="is no size"):
        folder.simulate(tmp_path / "out", None, 1, 0, size, False)
    assert not (tmp_path / "out").exists()
