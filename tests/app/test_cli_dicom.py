"""`respin synthesize --format dicom`: a series in a folder of its own, or a refusal before the work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app import cli
from app.faults import log_file
from engine.files import read
from tests.dicom_phantoms import lay_out, series
from tests.phantoms import phantom, write_phantom

TAGS = {"StudyInstanceUID": "1.2.3", "PatientName": "Doe^Jane", "SeriesDescription": "Ax T1"}


@pytest.fixture
def synthesize(capsys: pytest.CaptureFixture[str], tiny_bundle: Path, tmp_path: Path):
    """Exit code, stdout and stderr of the command; results go to `tmp_path / "out"`."""

    def command(scan: Path, *words: object) -> tuple[int, str, str]:
        fixed = ["synthesize", scan, "--to", "t2", "--model", tiny_bundle, "--out", tmp_path / "out", "--device", "cpu"]
        code = cli.run([str(word) for word in (*fixed, "--threads", 1, "--mode", "prior", *words)])
        assert code != 1, log_file().read_text()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_a_series_makes_a_series(synthesize, tmp_path: Path):
    scan = lay_out(tmp_path / "series", series(phantom((36, 42, 12), (1, 1, 3), "LPS", rotation=12), **TAGS))
    code, out, _ = synthesize(scan, "--format", "dicom", "--json")
    assert code == 0
    (result,) = json.loads(out)["results"]
    assert result["path"] == str(tmp_path / "out" / "series_desc-synth_T2w")
    assert json.loads(Path(result["sidecar"]).read_text())["SyntheticData"] is True
    back = read(result["path"])
    assert back.synthetic
    np.testing.assert_allclose(back.volume.affine, read(scan).volume.affine, atol=1e-4)


def test_what_is_no_dicom_is_refused_before_the_work(synthesize, tmp_path: Path):
    scan = write_phantom(tmp_path / "case_t1.nii.gz", phantom((36, 42, 12), (1, 1, 3)))
    code, out, err = synthesize(scan, "--format", "dicom")
    assert (code, out) == (2, "")
    assert "case_t1.nii.gz did not come from DICOM" in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_cautions_are_told_once_and_before_the_work(synthesize, tmp_path: Path):
    scan = lay_out(tmp_path / "series", series(phantom((36, 42, 8), (1, 1, 5), "LPS"), **TAGS))
    code, out, err = synthesize(scan, "--json")
    assert code == 0
    assert "The voxels are coarse (1 x 1 x 5 mm)" in json.loads(out)["warnings"][0]
    assert err.count("The voxels are coarse") == 1
    assert err.index("The voxels are coarse") < err.index("encode")
