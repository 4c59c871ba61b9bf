"""What an export is said to write is what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.export import Kind, export, planned
from engine.files import Scan, read
from engine.modality import Modality
from engine.progress import finish
from engine.synthesis import Synthesis
from tests.dicom_phantoms import lay_out, series
from tests.phantoms import phantom

RECORD = {"model": "compact", "model_hash": "c0ffee", "mode": "shortcut", "steps": 4, "samples": 2, "seed": 7}


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    return read(lay_out(tmp_path / "series", series(phantom((12, 14, 10), (1, 1.5, 3), "LPS"), PatientName="Doe")))


def result(scan: Scan, samples: int) -> Synthesis:
    spread = scan.volume if samples > 1 else None
    return Synthesis(Modality.T1, Modality.T2, scan.volume, spread, {"total": 1.0}, RECORD)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("samples", [1, 2])
def test_planned_names_are_those_written_twice_over(scan: Scan, tmp_path: Path, kind: Kind, samples: int):
    synthesis, out = result(scan, samples), tmp_path / "out"
    seen: set[str] = set()
    for run in (1, 2):
        names = planned(kind, synthesis, scan, out, run)
        saved = finish(export(kind, synthesis, scan, out, run))
        found = {path.name for path in out.iterdir()}
        assert found - seen == set(names) == set(saved.names)
        seen = found


def test_a_series_never_plans_a_name_that_is_taken(scan: Scan, tmp_path: Path):
    synthesis = result(scan, 1)
    finish(export(Kind.DICOM, synthesis, scan, tmp_path))
    assert planned(Kind.DICOM, synthesis, scan, tmp_path) == ("series_desc-synth_run-2_T2w",)
    claimed = ["series_desc-synth_run-2_T2w"]
    assert planned(Kind.DICOM, synthesis, scan, tmp_path, 1, claimed) == ("series_desc-synth_run-3_T2w",)


def test_nifti_takes_the_place_of_an_earlier_one(scan: Scan, tmp_path: Path):
    synthesis = result(scan, 2)
    finish(export(Kind.NIFTI, synthesis, scan, tmp_path))
    assert planned(Kind.NIFTI, synthesis, scan, tmp_path) == (
        "series_desc-synth_T2w.nii.gz",
        "series_desc-synth_T2w.json",
        "series_desc-uncertainty_T2w.nii.gz",
    )
