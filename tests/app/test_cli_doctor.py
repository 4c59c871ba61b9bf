"""The doctor answers whatever is missing, and its exit code follows its findings."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from app import cli, doctor
from app.doctor import Finding


def test_every_check_answers_in_json(capsys: pytest.CaptureFixture[str]):
    code = cli.run(["doctor", "--json"])
    answer = json.loads(capsys.readouterr().out)
    names = [check["name"] for check in answer["checks"]]
    assert names == [
        "system", "processor", "memory", "torch", "onnxruntime", "brain extraction", "qt", "vtk", "models", "log",
    ]  # fmt: skip
    assert all(set(check) == {"name", "state", "found", "advice"} for check in answer["checks"])
    assert code == (0 if answer["ok"] else 2)
    found = {check["name"]: check["found"] for check in answer["checks"]}
    assert "CPU" in found["onnxruntime"]
    assert "deepbet" in found["brain extraction"]
    assert "VTK" in found["vtk"]


def test_a_check_that_fails_is_a_finding_and_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch):
    def broken() -> Finding:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.system))
    first, second = doctor.examine()
    assert (first.state, first.found) == ("bad", "libGL.so.1: cannot open shared object file")
    assert first.advice
    assert second.ok


def test_a_damaged_model_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_bundle: Path):
    installed = tmp_path / "models" / "tiny"
    installed.parent.mkdir()
    installed.symlink_to(tiny_bundle)
    monkeypatch.setattr("engine.bundle.assets", lambda: tmp_path)
    assert doctor.models().state == "ok"
    installed.unlink()
    installed.mkdir()
    for file in tiny_bundle.iterdir():
        (installed / file.name).write_bytes(file.read_bytes())
    (installed / "decoder.onnx").write_bytes(b"altered")
    finding = doctor.models()
    assert finding.state == "bad"
    assert "decoder.onnx" in finding.found


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("note", 0), ("bad", 2)])
def test_the_exit_code_follows_the_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state, code: int
):
    monkeypatch.setattr(doctor, "CHECKS", (lambda: Finding("here", state, "found", "do this"),))
    assert cli.run(["doctor"]) == code
    out = capsys.readouterr().out
    assert "here" in out
    assert "do this" in out


@pytest.mark.parametrize("half", [True, False])
def test_a_processor_that_computes_no_bfloat16_is_told_of(monkeypatch: pytest.MonkeyPatch, half: bool):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(doctor, "computes_half", lambda device: half)
    finding = doctor.torch()
    assert finding.state == "ok"
    assert ("three times as long" in finding.advice) is not half


def test_without_a_display_the_window_is_the_only_loss(monkeypatch: pytest.MonkeyPatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    finding = doctor.qt()
    assert finding.state == "note"
    assert "every command works" in finding.advice


@pytest.mark.parametrize(
    ("missing", "said", "advice"),
    [
        (["libxcb-cursor0"], "no Qt platform plugin could be initialized", "apt-get install libxcb-cursor0"),
        (
            [],
            "ImportError: libEGL.so.1: cannot open shared object file: No such file",
            "apt-get install libgl1 libegl1",
        ),
        ([], "respin: The display :7 does not answer", "Look at the display"),
    ],
)
def test_a_window_that_fails_is_told_with_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], said: str, advice: str
):
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(doctor, "missing_libraries", lambda: missing)
    monkeypatch.setattr(doctor, "_ask", lambda _: CompletedProcess([], 2, "", f"Traceback\n{said}\n"))
    finding = doctor.qt()
    assert finding.state == "bad"
    assert said in finding.found
    assert advice in finding.advice
