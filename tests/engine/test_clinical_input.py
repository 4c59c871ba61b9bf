"""Clinical DICOM through the whole story: whatever goes in comes back on its own grid, as NIfTI and as DICOM.

The weights are random: places and labels are proved here, no picture.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import brain
from engine.bundle import open_bundle
from engine.device import Device
from engine.dicom_export import save_series
from engine.files import Scan, read
from engine.modality import Modality
from engine.progress import Step, finish
from engine.provenance import save
from engine.synthesis import Mode, Request, Synthesis
from engine.translator import Translator
from engine.volume import Volume
from tests.dicom_phantoms import enhanced, lay_out, pack, series
from tests.phantoms import phantom

pytestmark = pytest.mark.usefixtures("one_thread")

TAGS: dict[str, Any] = {
    "StudyInstanceUID": "1.2.3.4",
    "FrameOfReferenceUID": "1.2.3.5",
    "PatientName": "Doe^Jane",
    "SeriesDescription": "Ax T1 SE",
    "RepetitionTime": 500,
    "EchoTime": 12,
    "ScanningSequence": "SE",
}


@pytest.fixture(scope="module")
def translator(tiny_bundle: Path) -> Translator:
    return Translator(open_bundle(tiny_bundle), Device("cpu", 1))


def tilted() -> Volume:
    straight = phantom((36, 42, 12), (1, 1, 3), "LPS")
    affine = straight.affine.copy()
    affine[:3, 2] += 0.8 * affine[:3, 1]
    return Volume(straight.data, affine)


CASES: dict[str, Any] = {
    "thick axial": lambda: series(phantom((36, 42, 8), (1, 1, 5), "LPS"), **TAGS),
    "sagittal": lambda: series(phantom((20, 42, 36), (2, 1, 1), "PIL"), **TAGS),
    "oblique": lambda: series(phantom((36, 42, 12), (1, 1, 3), "LPS", rotation=25, shift=(9, -7, 30)), **TAGS),
    "tilted": lambda: series(tilted(), **TAGS),
    "many frames": lambda: [enhanced(phantom((36, 42, 12), (1, 1, 3), "LPS"), range(11, -1, -1), **TAGS)],
    "scaled slice by slice": lambda: series(phantom((36, 42, 12), (1, 1, 3), "LPS"), RescaleSlope=0.5, **TAGS),
}


def result_of(translator: Translator, scan: Scan, source: Modality = Modality.T1) -> Synthesis:
    (made,) = finish(translator.synthesize(scan, Request(source, (Modality.FLAIR,), Mode.PRIOR)))
    return made


@pytest.mark.parametrize("put", [lay_out, pack])
@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_it_comes_back_on_its_own_grid_in_both_forms(translator: Translator, tmp_path: Path, files: Any, put: Any):
    scan = read(put(tmp_path / "case.zip", files()))
    made = result_of(translator, scan)
    nifti = read(save(made, scan, tmp_path / "out").path)
    dicom = read(finish(save_series(made, scan, tmp_path / "out")).path)
    for back in (nifti, dicom):
        assert back.synthetic and back.modality is Modality.FLAIR
        assert back.volume.shape == scan.volume.shape
        np.testing.assert_allclose(back.volume.affine, scan.volume.affine, atol=1e-4)
        assert np.array_equal(back.volume.data != 0, scan.volume.data != 0)
    np.testing.assert_array_equal(dicom.volume.data, nifti.volume.data)


def test_a_skull_goes_in_and_the_brain_comes_back(
    translator: Translator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bare = phantom((36, 42, 12), (1, 1, 3), "LPS")
    head = phantom((36, 42, 12), (1, 1, 3), "LPS", skull=True)

    def extract(volume: Volume, threads: int | None = None):
        yield Step("brain", 0, 1)
        return volume.with_data(np.where(bare.data != 0, np.maximum(volume.data, 1), 0))

    monkeypatch.setattr(brain, "extract", extract)
    scan = read(lay_out(tmp_path / "case", series(head, **TAGS)))
    made = result_of(translator, scan)
    back = read(finish(save_series(made, scan, tmp_path / "out")).path)
    np.testing.assert_array_equal(back.volume.data != 0, bare.data != 0)
    assert any("skull" in warning for warning in made.warnings)


def test_a_wrong_label_is_worked_with_and_said(translator: Translator, tmp_path: Path):
    told = TAGS | {"SeriesDescription": "Ax T2 TSE"}
    scan = read(lay_out(tmp_path / "case", series(phantom((36, 42, 12), (1, 1, 3), "LPS"), **told)))
    assert scan.modality is Modality.T2
    made = result_of(translator, scan, Modality.T2)
    assert "The scan is taken for T2, and how it was acquired says T1: correct the contrast if wrong." in made.warnings
    corrected = replace(scan, modality=Modality.T1)
    assert not any("taken for" in warning for warning in result_of(translator, corrected).warnings)
