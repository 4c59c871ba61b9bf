"""The commands of training one after the other, on small subjects: from scans to a measured bundle."""

import sys
from pathlib import Path

import pytest
import torch

from engine.bundle import open_bundle
from engine.errors import RespinError
from engine.modality import Modality
from engine.synthesis import Mode
from tests.bundles import TINY, networks
from tests.training.conftest import FOUR, NAMES, QUICK
from training import __main__ as commands
from training import stages
from training.data import VALIDATION
from training.launch import launch
from training.recipes import Recipe

DIRECTIONS = [(source, target) for source in FOUR for target in FOUR if source is not target]


def test_the_whole_way(folder: Path, tmp_path: Path, tiny_recipes: Recipe, without_graphs: None):
    run, model = tmp_path / "run", tmp_path / "models" / "fresh"
    stages.autoencoder(folder, "tiny", run, [], launch(1), stages.Watch())
    stages.diffusion(folder, "tiny", run, [], launch(1), stages.Watch())
    stages.export(folder, "tiny", run, model, Mode.SHORTCUT, threads=1)
    bundle = open_bundle(model)
    bundle.verify()
    assert all(target in bundle.targets(source) for source, target in DIRECTIONS)
    assert bundle.targets(Modality.PD) == ()
    assert all(name in bundle.card for name in NAMES)
    assert VALIDATION[0] not in bundle.card


def test_stage_2_wants_stage_1(folder: Path, tmp_path: Path, tiny_recipes: Recipe):
    with pytest.raises(RespinError, match="train that stage first"):
        stages.diffusion(folder, "tiny", tmp_path, [], launch(1), stages.Watch())


def test_settings_reach_the_run(folder: Path, tmp_path: Path, tiny_recipes: Recipe):
    stages.autoencoder(folder, "tiny", tmp_path, ["steps=1", "augment=no"], launch(1), stages.Watch())
    recipe, steps, _ = stages.history(tmp_path / "autoencoder")
    assert (recipe.steps, recipe.augment, steps) == (1, False, 1)
    assert QUICK.steps != 1


def test_a_preset_without_recipe_is_refused(tmp_path: Path):
    with pytest.raises(RespinError, match="There is no recipe 'huge' for autoencoder; use compact, released, paper"):
        stages.autoencoder(tmp_path, "huge", tmp_path, [], launch(1), stages.Watch())


def test_latents_of_other_weights_are_encoded_anew(folder: Path, tmp_path: Path):
    subjects = stages.load_subjects(folder, TINY.grid, ["one"])
    z = [
        stages.encode_all(networks(TINY, seed)["autoencoder"], subjects, TINY, tmp_path)[0].z[Modality.T1]  # pyright: ignore
        for seed in (0, 1, 0)
    ]
    assert not torch.allclose(z[0], z[1])
    assert torch.equal(z[0], z[2])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["autoencoder", "--data", "{here}"], "holds no subject"),
        (["autoencoder", "--data", "{here}", "--preset", "huge"], "no recipe 'huge'"),
        (["autoencoder", "--data", "{here}", "--set", "speed=9"], "'speed=9' is not a setting"),
        (["evaluate", "--data", "{here}", "--model", "{here}/none"], "holds no subject"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    given = [word.format(here=tmp_path) for word in words] + ([] if words[0] == "evaluate" else ["--threads", "1"])
    monkeypatch.setattr(sys, "argv", ["training", *given])
    assert commands.main() == 2
    out, err = capsys.readouterr()
    assert said in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
