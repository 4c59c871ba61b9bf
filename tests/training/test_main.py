"""`python -m training`: what the reader can mend is one sentence on stderr and exit code 2."""

import sys

import pytest

from training.__main__ import main


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("autoencoder", "Missing option '--data'. (see python -m training --help)"),
        ("nonsense", "No such command 'nonsense'"),
        ("diffusion --data x --nodes many", "unable to parse string as an integer"),
        ("export --data x --out y --default-mode best", "'best' is not a mode; use prior, shortcut, full, reference."),
        ("autoencoder --data x --set rate=fast", "'rate=fast' is not understood"),
        ("autoencoder --data x --preset huge", "There is no recipe 'huge' for autoencoder; use compact"),
        ("autoencoder --data x --strategy deepspeed", "'deepspeed' is not a strategy; use auto, ddp, fsdp."),
        ("evaluate --data x --model y --modes best", "'best' is no way to evaluate"),
    ],
)
def test_a_command_that_does_not_fit_is_told_in_a_sentence(
    words: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["training", *words.split()])
    assert main() == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert len(told.splitlines()) == 1


def test_help_is_no_refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(sys, "argv", ["training", "autoencoder", "--help"])
    assert main() == 0
    assert "--strategy" in capsys.readouterr().out
