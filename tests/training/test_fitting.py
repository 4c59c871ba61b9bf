"""The learnt floors by their command: killed and resumed, and then measured beside the bundle."""

from pathlib import Path

import pytest
import torch

from engine.bundle import open_bundle
from engine.errors import RespinError
from tests.training.conftest import NAMES
from training import loop
from training.baselines import fitting
from training.baselines.fitting import fit
from training.baselines.rival import KINDS
from training.checkpoint import load
from training.launch import launch
from training.manifest import load as load_manifest
from training.manifest import names_in
from training.stages import Watch

SETTINGS = ("steps=4", "crop=24", "batch=1", "crop_cooldown=24", "batch_cooldown=1")


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch):
    """A checkpoint after every second step."""
    monkeypatch.setattr(loop, "LOG_EVERY", 2)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)


def fitted(kind: str, folder: Path, model: Path, run: Path) -> dict:
    fit(kind, folder, open_bundle(model), run, SETTINGS, launch(1), Watch())
    return load(run / kind / "state.pt")


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_was_killed_goes_on(
    kind: str, folder: Path, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = fitted(kind, folder, tiny_bundle, tmp_path / "whole")
    name = "draw_latents" if kind == "regression" else "draw"
    real = getattr(fitting, name)

    def dying(*given, **named):
        if given[5] == 3:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(fitting, name, dying)
    with pytest.raises(KeyboardInterrupt):
        fitted(kind, folder, tiny_bundle, tmp_path / "killed")
    monkeypatch.setattr(fitting, name, real)
    again = fitted(kind, folder, tiny_bundle, tmp_path / "killed")
    assert again["step"] == whole["step"] == 4
    assert all(torch.equal(value, again["average"][name]) for name, value in whole["average"].items())


def test_nobody_who_validates_is_fitted_to(folder: Path, tiny_bundle: Path, tmp_path: Path):
    fitted("pix2pix", folder, tiny_bundle, tmp_path)
    assert set(names_in(load_manifest(tmp_path / "manifest.json"), "train")) == set(NAMES)


def test_an_unknown_kind_is_refused(folder: Path, tiny_bundle: Path, tmp_path: Path):
    with pytest.raises(RespinError, match="'gan' is no baseline; use regression or pix2pix"):
        fitted("gan", folder, tiny_bundle, tmp_path)
