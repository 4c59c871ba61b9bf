"""What a command takes as a scan: files, folders, series, frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image

from app.cli import run
from engine import memory
from tests.dicom_phantoms import lay_out, pack, series
from tests.phantoms import phantom, write_phantom

MADE = phantom((24, 28, 12), (1, 1, 2), "LPS")


def info(capsys: pytest.CaptureFixture[str], scan: Path) -> dict:
    assert run(["info", str(scan), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], scan: Path) -> str:
    assert run(["info", str(scan), "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1
    return said.err.strip()


def test_a_folder_with_one_series_is_that_scan(capsys, tmp_path):
    said = info(capsys, lay_out(tmp_path / "disc", series(MADE)))
    assert (said["format"], said["shape"], said["orientation"], said["modality"]) == (
        "DICOM series",
        [24, 28, 12],
        "LPS",
        "flair",
    )


def test_several_series_are_listed_in_one_sentence_and_named_by_number(capsys, tmp_path):
    files = series(MADE, SeriesNumber=2, SeriesDescription="Ax T1") + series(MADE, SeriesNumber=4)
    path = pack(tmp_path / "disc.zip", files)
    assert refusal(capsys, path) == (
        "disc.zip holds 2 DICOM series; give one by its number, as in disc.zip@2: "
        "2 Ax T1 (12 slices), 4 Ax T2 FLAIR (12 slices)."
    )
    assert info(capsys, tmp_path / "disc.zip@2")["modality"] == "t1"


def test_a_frame_is_named_behind_the_file(capsys, tmp_path):
    data = np.stack([MADE.data, MADE.data + 1000], -1).astype(np.int16)
    Nifti1Image(data, MADE.affine).to_filename(tmp_path / "a.nii.gz")
    assert refusal(capsys, tmp_path / "a.nii.gz") == (
        "a.nii.gz has 4 dimensions with 2 frames; name one of 0 to 1: a.nii.gz@0."
    )
    assert info(capsys, tmp_path / "a.nii.gz@1")["shape"] == [24, 28, 12]


def test_a_subjects_folder_lists_its_scans(capsys, tmp_path):
    for contrast in ("t1", "t2"):
        write_phantom(tmp_path / f"case_{contrast}.nii.gz", MADE)
    said = refusal(capsys, tmp_path)
    assert said.endswith("holds 2 scans; give one: case_t1.nii.gz, case_t2.nii.gz.")


def test_much_memory_is_noted_and_the_scan_read(capsys, tmp_path, monkeypatch):
    path = write_phantom(tmp_path / "a.nii", MADE)
    monkeypatch.setattr(memory, "free", lambda: 30_000)
    assert run(["info", str(path), "--json"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("Note: a.nii needs about 0.0 GB of memory")
    assert json.loads(said.out)["shape"] == [24, 28, 12]
