"""An export is known by the hash of its source, whatever folder it comes from and whatever it is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.state.kinship import kinship, truth
from app.state.study import Entry
from engine.files import Scan, read
from engine.modality import Modality
from engine.provenance import save
from engine.synthesis import Synthesis
from tests.phantoms import phantom, write_phantom

GRID = (20, 24, 18)


def person(folder: Path, modality: Modality, rotation: float = 0.0) -> Path:
    """A head that turns its own way; files of one person are called as those of another."""
    folder.mkdir(exist_ok=True)
    return write_phantom(folder / f"head_{modality.value}.nii.gz", phantom(GRID, rotation=rotation, modality=modality))


@pytest.fixture
def exported(tmp_path):
    """A T2 made from a head's T1, in a folder of its own."""
    scan = read(person(tmp_path / "scans", Modality.T1))
    made = Synthesis(Modality.T1, Modality.T2, scan.volume, None, {}, {"model": "test"})
    return save(made, scan, tmp_path / "results").path


@pytest.fixture
def opened(qtbot, window):
    """Open files; their entries, when all hashes are known."""

    def open_and_wait(*paths: Path) -> list[Entry]:
        for path in paths:
            count = len(window.study.entries)
            window.open([path])
            qtbot.waitUntil(lambda count=count: len(window.study.entries) == count + 1 and not window.files.busy)
        found = {entry.scan.path: entry for entry in window.study.entries}
        return [found[path] for path in paths]

    return open_and_wait


@pytest.mark.parametrize("order", [1, -1])
def test_a_renamed_export_finds_its_source_whichever_is_opened_first(opened, window, exported, tmp_path, order):
    path = Path(shutil.move(exported, tmp_path / "results" / "anything.nii.gz"))
    other = person(tmp_path / "others", Modality.FLAIR, 20)
    source, stranger, made = opened(*(tmp_path / "scans" / "head_t1.nii.gz", other, path)[::order])[::order]
    assert made.source is source and not made.misnamed
    assert kinship(source, made).caution == ""
    assert kinship(stranger, made).caution.startswith("Not the same scan")
    at = window.study.entries.index
    assert at(made) == at(source) + 1


def test_somebody_elses_scan_of_the_same_name_is_a_stranger(opened, window, exported, tmp_path):
    other = tmp_path / "others"
    named_alike, real, made = opened(
        person(other, Modality.T1, 20), person(other, Modality.T2, 20), Path(shutil.copy(exported, other))
    )
    assert made.scan.made_from and made.source is None and made.misnamed
    assert "made from another file than head_t1" in kinship(named_alike, made).caution
    assert kinship(made, real).caution.startswith("Not the same scan")
    assert truth(window.study, made) is None


def test_the_same_name_and_hash_have_a_truth(opened, window, exported, tmp_path):
    scans = tmp_path / "scans"
    source, real, made = opened(scans / "head_t1.nii.gz", person(scans, Modality.T2), exported)
    assert made.source is source and truth(window.study, made) is real


def test_two_results_of_one_source_belong_together_without_it(opened, exported, tmp_path):
    copy = Path(shutil.copy(exported, tmp_path / "another_desc-synth_T2w.nii.gz"))
    one, other = opened(exported, copy)
    assert kinship(one, other).caution == ""


def test_nothing_is_hashed_as_long_as_nobody_asks(opened, tmp_path):
    (real,) = opened(person(tmp_path, Modality.T1))
    assert real.sha256 == ""


def test_a_result_made_from_a_synthetic_file_does_not_inherit_its_hash(exported):
    scan: Scan = read(exported)
    made = Entry.made(Synthesis(Modality.T2, Modality.FLAIR, scan.volume, None, {}, {}), Entry.of(scan))
    assert scan.made_from and made.scan.made_from == ""
