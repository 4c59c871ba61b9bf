"""The command line as a contract: what goes to stdout, what to stderr, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from app import batch, cli, faults
from app.faults import log_file
from engine.modality import Modality
from engine.synthesis import Mode
from tests.phantoms import lesion_ras, phantom, write_phantom


@dataclass(frozen=True)
class Answer:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out, parse_constant=pytest.fail)


@pytest.fixture
def respin(capsys: pytest.CaptureFixture[str]):
    """Run `respin` in this process."""

    def command(*words: object) -> Answer:
        code = cli.run([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return command


def assert_refused(answer: Answer, *told: str) -> None:
    """One sentence on stderr, nothing else anywhere."""
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    for part in told:
        assert part in answer.err


def test_every_mode_of_the_engine_can_be_asked_for():
    offered, _ = get_args(get_args(get_type_hints(cli.synthesize, include_extras=True)["mode"])[0])
    assert set(get_args(offered)) == {mode.value for mode in Mode}


def test_info_names_the_facts_of_a_scan(respin, tmp_path: Path):
    scan = write_phantom(tmp_path / "case_flair.nii.gz", spacing=(1, 1, 2), orientation="LPS")
    answer = respin("info", scan, "--json")
    assert answer.code == 0
    assert answer.json == {
        "file": str(scan),
        "format": "NIfTI-1",
        "shape": [48, 56, 40],
        "spacing": [1.0, 1.0, 2.0],
        "orientation": "LPS",
        "dtype": "int16",
        "modality": "flair",
        "synthetic": False,
        "warnings": [],
        "at": None,
    }


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR", "SAL"])
def test_info_reads_the_same_lesion_at_the_same_world_point(respin, tmp_path: Path, orientation: str):
    head = phantom(orientation=orientation, noise=0, shift=(-20, 7, 3))
    scan = write_phantom(tmp_path / "t1.nii", head)
    ras = lesion_ras(head)
    at = respin("info", scan, "--at", ",".join(map(str, ras)), "--json").json["at"]
    assert at["intensity"] == 330
    assert np.allclose(head.ras(at["ijk"]), ras, atol=1e-3)
    assert at["ras"] == pytest.approx(list(ras))


def test_info_outside_the_grid_has_no_intensity(respin, sample: Path):
    assert respin("info", sample, "--at", "-500,0,0", "--json").json["at"]["intensity"] is None


def test_info_for_the_eye_says_the_same(respin, sample: Path):
    answer = respin("info", sample)
    assert answer.code == 0
    assert "orientation  RAS\n" in answer.out
    assert "modality     t1\n" in answer.out
    assert "synthetic    no\n" in answer.out


def test_a_voxel_that_is_no_number_is_null_in_json(respin, tmp_path: Path):
    head = phantom()
    data = head.data.astype(np.float32)
    data[10, 10, 10] = np.nan
    scan = write_phantom(tmp_path / "t1.nii.gz", head.with_data(data))
    at = ",".join(map(str, head.ras((10, 10, 10))))
    assert respin("info", scan, "--at", at, "--json").json["at"]["intensity"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["info", "absent.nii.gz"], ["absent.nii.gz"]),
        (["info"], ["SCAN"]),
        (["info", "SAMPLE", "--at", "1,2"], ["'1,2'", "X,Y,Z"]),
        (["info", "SAMPLE", "--sideways"], ["--sideways"]),
        (["synthesize", "SAMPLE"], ["--to"]),
        (["synthesize", "SAMPLE", "--to", "ct"], ["'ct'", "t1, t1ce, t2, flair, pd"]),
        (["synthesize", "SAMPLE", "--to", "t1"], ["already is T1"]),
        (["synthesize", "SAMPLE", "--to", "t2", "--from", "x-ray"], ["'x-ray'"]),
        (["synthesize", "SAMPLE", "--to", "t2", "--mode", "magic"], ["'magic'"]),
        (["synthesize", "SAMPLE", "--to", "t2", "--steps", "0"], ["--steps"]),
        (["synthesize", "SAMPLE", "--to", "t2", "--model", "absent"], ["absent"]),
        (["compare", "SAMPLE", "absent.nii"], ["absent.nii"]),
        (["render", "SAMPLE", "--out", "picture.png", "--layout", "round"], ["'round'"]),
        (["models", "show", "absent"], ["absent"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_the_reader_can_mend_is_one_sentence(
    respin, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: list[str]
):
    monkeypatch.chdir(tmp_path)
    assert_refused(respin(*(sample if word == "SAMPLE" else word for word in words)), *told)
    assert list(tmp_path.iterdir()) == []


def test_a_scan_without_a_telling_name_asks_for_its_contrast(respin, tmp_path: Path):
    scan = write_phantom(tmp_path / "scan001.nii.gz")
    assert_refused(respin("synthesize", scan, "--to", "t2"), "scan001.nii.gz", "--from")


def test_our_own_fault_is_logged_without_names_of_patients(respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "Miller_Ada"
    folder.mkdir()
    scan = write_phantom(folder / "Ada_t1.nii.gz")

    def broken(*_: object) -> None:
        raise ZeroDivisionError(f"{folder}/Ada_t1_desc-synth_T2w.nii.gz")

    monkeypatch.setattr(batch, "describe", broken)
    answer = respin("info", scan)
    assert answer.code == 1
    assert answer.out == ""
    assert str(log_file()) in answer.err
    assert "Traceback" not in answer.err
    log = log_file().read_text()
    assert "ZeroDivisionError" in log
    assert "Traceback" in log
    assert "Ada" not in log
    assert "Miller" not in log


def test_a_fault_is_logged_even_where_home_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    closed = tmp_path / "closed"
    closed.write_text("a file where a folder should be")
    monkeypatch.setattr(faults, "log_file", lambda: closed / "respin.log")
    monkeypatch.setattr(faults.tempfile, "gettempdir", lambda: str(tmp_path))
    path = faults.record(ZeroDivisionError("here"), [])
    assert path == tmp_path / "respin.log"
    assert "ZeroDivisionError: here" in path.read_text()


def test_an_interrupt_is_130(respin, sample: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "describe", interrupted)
    assert respin("info", sample).code == 130


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], ["open"]),
        (["t1.nii.gz", "t2.nii.gz"], ["open", "t1.nii.gz", "t2.nii.gz"]),
        (["info", "t1.nii.gz"], ["info", "t1.nii.gz"]),
        (["models"], ["models"]),
        (["--version"], ["--version"]),
    ],
)
def test_scans_alone_open_the_window(monkeypatch: pytest.MonkeyPatch, words: list[str], meant: list[str]):
    seen: list[Sequence[str]] = []
    monkeypatch.setattr(cli, "commands", _Recorder(seen))
    cli.run(words)
    assert seen == [meant]


def test_without_a_display_the_window_is_refused_in_words(respin, sample: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert_refused(respin(sample), "no display", "respin render")


class _Recorder:
    """Stands in for the command line and notes what it was asked."""

    registered_commands = cli.commands.registered_commands
    registered_groups = cli.commands.registered_groups

    def __init__(self, seen: list[Sequence[str]]):
        self.seen = seen

    def __call__(self, words: Sequence[str], **_: object) -> int:
        self.seen.append(words)
        return 0


def test_the_modes_offered_are_the_modes_of_the_engine(respin):
    offered = respin("synthesize", "--help").out
    assert f"<{'|'.join(mode.value for mode in Mode)}>" in offered


def test_models_come_and_go(respin, tiny_bundle: Path):
    folder = Path(respin("models", "add", tiny_bundle).out.strip())
    assert folder.name == "tiny" and (folder / "manifest.json").is_file()
    assert "shortcut; your own\n" in respin("models").out
    assert respin("models", "remove", "tiny").code == 0 and not folder.exists()
    refused = respin("models", "remove", "compact")
    assert refused.code == 2 and "was not added here" in refused.err


def test_render_writes_the_picture_of_the_window(respin, sample: Path, tmp_path: Path, qapp):
    from PySide6.QtGui import QImage

    picture = tmp_path / "new folder" / "four-up.png"
    answer = respin("render", sample, "--out", picture)
    assert answer.code == 0
    assert answer.out == f"{picture}\n"
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1600, 1000)
    assert list(picture.parent.iterdir()) == [picture]


def test_compare_scores_a_scan_against_another(respin, tmp_path: Path):
    real = write_phantom(tmp_path / "t2.nii.gz", modality=Modality.T2)
    other = write_phantom(tmp_path / "other_t2.nii.gz", modality=Modality.T2, seed=1)
    answer = respin("compare", other, real, "--json")
    assert answer.code == 0
    scores = answer.json
    assert set(scores) == {"whole", "mask"}
    for values in scores.values():
        assert set(values) == {"psnr", "nmse", "ssim"}
        assert 0 < values["nmse"] < 0.1
        assert 0.5 < values["ssim"] < 1


def test_compare_of_equal_scans_is_json_all_the_same(respin, tmp_path: Path):
    real = write_phantom(tmp_path / "t2.nii.gz", modality=Modality.T2)
    answer = respin("compare", real, real, "--json")
    assert "not marked as synthetic" in answer.err
    assert answer.json["whole"] == {"psnr": None, "nmse": 0.0, "ssim": 1.0}


def test_compare_refuses_a_mask_of_another_grid(respin, tmp_path: Path):
    real = write_phantom(tmp_path / "t2.nii.gz")
    mask = write_phantom(tmp_path / "mask.nii.gz", shift=(5, 0, 0))
    assert_refused(respin("compare", real, real, "--mask", mask), "mask.nii.gz")


def test_compare_has_no_ground_truth_in_a_synthetic_scan(respin, tmp_path: Path):
    scan = write_phantom(tmp_path / "t2.nii.gz")
    (tmp_path / "t2.json").write_text('{"SyntheticData": true}')
    assert_refused(respin("compare", scan, scan), "no ground truth")


def test_results_and_progress_do_not_mix(sample: Path):
    """The real program, started as people start it."""
    done = subprocess.run([sys.executable, "-m", "app", "info", str(sample), "--json"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["shape"] == [197, 233, 189]


def test_a_path_leaves_as_the_bytes_that_it_is_on_disk(sample: Path, tmp_path: Path, qapp, monkeypatch):
    """A name in Latin-1, as old archives hold it."""
    there, out = io.BytesIO(), tmp_path / os.fsdecode(b"caf\xe9.png")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(there, encoding="utf-8"))
    assert cli.run(["render", str(sample), "--out", str(out)]) == 0
    sys.stdout.flush()
    assert there.getvalue().endswith(b"caf\xe9.png\n")
    assert out.is_file()


def test_what_the_reader_says_of_unprintable_letters_holds(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace"))
    assert cli.run(["models", "list"]) == 0
    assert sys.stdout.errors == "replace"


def test_models_import_refuses_in_one_sentence(respin, tmp_path: Path):
    assert_refused(respin("models", "import", tmp_path / "no.ckpt", "--out", tmp_path / "made"), "no.ckpt", "not exist")
    (tmp_path / "text.ckpt").write_text("no weights at all")
    answer = respin("models", "import", tmp_path / "text.ckpt", "--out", tmp_path / "made")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[0] == "read ..."
    assert answer.err.splitlines()[1].startswith("text.ckpt is ")
    assert not (tmp_path / "made").exists()


def test_models_import_makes_a_model(respin, golden_folder: Path, tmp_path: Path, without_graphs: None):
    checkpoint = golden_folder / "released-small.safetensors"
    answer = respin("models", "import", checkpoint, "--out", tmp_path / "made")
    assert (answer.code, answer.out) == (0, f"{tmp_path / 'made'}\n")
    assert "Note: Tensors do not tell the width of an attention head: 16 channels taken." in answer.err
    assert "untested" in respin("models", "show", tmp_path / "made").out
    respin("models", "import", checkpoint, "--out", tmp_path / "made", "--head-channels", 32)
    assert json.loads((tmp_path / "made" / "manifest.json").read_text())["preset"]["unet"]["head"] == 32


@pytest.mark.parametrize("blend", ["curtain", "checkerboard", "overlay", "difference"])
def test_render_draws_two_scans_in_one_picture(respin, tmp_path, qapp, blend):
    scans = [write_phantom(tmp_path / name, seed=seed) for seed, name in enumerate(("a_t1.nii", "a_t2.nii"))]
    out, plain = tmp_path / "blend.png", tmp_path / "plain.png"
    assert respin("render", *scans, "--layout", "compare", "--blend", blend, "--out", out).code == 0
    assert respin("render", *scans, "--layout", "compare", "--out", plain).code == 0
    assert out.read_bytes() != plain.read_bytes()


def test_a_blend_of_one_scan_is_refused(respin, tmp_path, qapp):
    alone = write_phantom(tmp_path / "a_t1.nii")
    assert_refused(respin("render", alone, "--blend", "curtain", "--out", tmp_path / "x.png"), "two scans")
