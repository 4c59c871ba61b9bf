"""`respin synthesize` with real stages and random weights: files, JSON, refusals, interrupts. Not image quality."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image

from app import cli
from app.faults import log_file
from engine.files import read
from tests.phantoms import write_phantom

STAGES = {"prepare", "load", "encode", "ms-spade", "decode", "place", "total"}


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A small oblique T1 without skull."""
    return write_phantom(tmp_path / "case_t1.nii.gz", orientation="LPS", spacing=(1, 1, 1.5), rotation=12)


@pytest.fixture
def synthesize(capsys: pytest.CaptureFixture[str], scan: Path, tiny_bundle: Path, tmp_path: Path):
    """Run `respin synthesize` on the small scan; exit code, stdout, stderr. Results go to `tmp_path / "out"`."""

    def command(*words: object) -> tuple[int, str, str]:
        fixed = ["synthesize", scan, "--model", tiny_bundle, "--out", tmp_path / "out", "--device", "cpu"]
        code = cli.run([str(word) for word in (*fixed, "--threads", 1, *words)])
        assert code != 1, log_file().read_text()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.mark.parametrize("words", [("--to", "t2", "--to", "flair"), ("--to", "t2,flair")])
def test_two_targets_make_two_files_on_the_same_grid(words: tuple[str, ...], synthesize, scan: Path, tmp_path: Path):
    code, out, _ = synthesize(*words, "--mode", "prior", "--json")
    assert code == 0
    answer = json.loads(out)
    assert set(answer) == {"results", "warnings"}
    assert [result["target"] for result in answer["results"]] == ["t2", "flair"]
    source = Nifti1Image.from_filename(scan)
    for result, suffix in zip(answer["results"], ("T2w", "FLAIR"), strict=True):
        assert set(result) == {"target", "path", "sidecar", "uncertainty", "seconds", "peak_memory_mb"}
        assert result["path"] == str(tmp_path / "out" / f"case_t1_desc-synth_{suffix}.nii.gz")
        assert json.loads(Path(result["sidecar"]).read_text())["SyntheticData"] is True
        assert result["uncertainty"] is None
        assert set(result["seconds"]) >= STAGES
        assert result["peak_memory_mb"] > 100
        made = Nifti1Image.from_filename(result["path"])
        assert made.shape == source.shape
        assert np.array_equal(read(result["path"]).volume.affine, read(scan).volume.affine)
        for field in ("sform_code", "qform_code", "srow_x", "srow_y", "srow_z", "quatern_b", "qoffset_x"):
            assert np.array_equal(made.header[field], source.header[field]), field
        assert np.array_equal(made.header["pixdim"][:4], source.header["pixdim"][:4])


def test_what_was_made_is_recognised_as_synthetic(synthesize, capsys: pytest.CaptureFixture[str]):
    _, out, _ = synthesize("--to", "t2", "--mode", "prior")
    (path,) = out.splitlines()
    Path(path.replace(".nii.gz", ".json")).unlink()
    moved = Path(path).rename(Path(path).with_name("renamed.nii.gz"))
    assert cli.run(["info", str(moved), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["synthetic"], facts["modality"]) == (True, "t2")


def test_progress_goes_to_stderr_and_paths_to_stdout(synthesize, tmp_path: Path):
    code, out, err = synthesize("--to", "t2", "--mode", "shortcut", "--steps", "2")
    assert code == 0
    assert out == f"{tmp_path}/out/case_t1_desc-synth_T2w.nii.gz\n"
    lines = [line.removesuffix(" ...") for line in err.splitlines() if line.endswith(" ...")]
    assert lines == ["prepare", "load", "encode", "ms-spade", "denoise", "decode", "place"]


def test_a_synthetic_source_is_told(synthesize, scan: Path):
    scan.with_name("case_t1.json").write_text('{"SyntheticData": true}')
    code, out, err = synthesize("--to", "t2", "--mode", "prior", "--json")
    assert code == 0
    assert "case_t1.nii.gz is synthetic itself" in json.loads(out)["warnings"][0]
    assert "Note: case_t1.nii.gz is synthetic itself" in err


def test_several_samples_come_with_their_uncertainty(synthesize):
    code, out, _ = synthesize("--to", "t2", "--samples", "2", "--steps", "2", "--mode", "shortcut", "--json")
    assert code == 0
    (result,) = json.loads(out)["results"]
    assert result["uncertainty"].endswith("case_t1_desc-uncertainty_T2w.nii.gz")
    spread = np.asarray(Nifti1Image.from_filename(result["uncertainty"]).dataobj)
    assert spread.min() >= 0
    assert spread.max() > 0


def test_the_same_seed_makes_the_same_bytes(synthesize, tmp_path: Path):
    made: list[bytes] = []
    for seed in (5, 5, 6):
        code, out, _ = synthesize("--to", "t2", "--mode", "shortcut", "--steps", "2", "--seed", seed)
        assert code == 0
        made.append(np.asarray(Nifti1Image.from_filename(out.strip()).dataobj).tobytes())
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--to", "pd"], "PD"),
        (["--to", "t1"], "already is T1"),
        (["--to", "t2", "--from", "pd"], "PD"),
    ],
)
def test_what_the_model_does_not_know_is_refused_before_the_work(synthesize, tmp_path: Path, words, told: str):
    code, out, err = synthesize(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_place_that_takes_no_files_is_refused_before_the_work(synthesize, tmp_path: Path):
    (tmp_path / "out").write_text("a file, not a folder")
    code, out, err = synthesize("--to", "t2")
    assert (code, out) == (2, "")
    assert "out cannot be made" in err
    assert "prepare" not in err


def test_an_interrupt_ends_with_130_and_leaves_nothing(tiny_bundle: Path, sample: Path, tmp_path: Path):
    words = ["synthesize", sample, "--to", "t2", "--mode", "reference", "--steps", "1000"]
    words += ["--model", tiny_bundle, "--out", tmp_path / "out"]
    program = subprocess.Popen(
        [sys.executable, "-m", "app", *map(str, words), "--threads", "1"],
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, the shell has told them, and so their children, to ignore Ctrl+C.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert program.stderr is not None
    for line in program.stderr:
        if line.startswith("denoise"):
            break
    program.send_signal(signal.SIGINT)
    rest = program.communicate(timeout=60)[1]
    assert program.returncode == 130
    assert "Traceback" not in rest
    assert list((tmp_path / "out").iterdir()) == []
