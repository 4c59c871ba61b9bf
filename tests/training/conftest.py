"""Small subjects made by formula, and a way to train on them in seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.modality import Modality
from engine.presets import PRESETS
from tests.bundles import TINY
from tests.phantoms import phantom, write_phantom
from training.data import VALIDATION, Subject, load_subjects
from training.recipes import RECIPES, Recipe

FOUR = (Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR)
SHAPE = (30, 36, 26)
NAMES = ("one", "three", "two")
REPOSITORY = Path(__file__).resolve().parents[2]

QUICK = Recipe(
    steps=6,
    crop=16,
    batch=2,
    crop_cooldown=24,
    batch_cooldown=1,
    warmup=2,
    reconstruct_every=2,
    cycle_every=3,
    adversary_from=0.5,
)


@pytest.fixture(scope="session", autouse=True)
def one_thread_for_training():
    """Small tensors on one thread: several wait for each other longer than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three subjects to train on and one of the validation subjects, each with four contrasts."""
    made = tmp_path_factory.mktemp("subjects")
    for number, name in enumerate((*NAMES, VALIDATION[0])):
        (made / name).mkdir()
        for modality in FOUR:
            volume = phantom(SHAPE, orientation="LPS", modality=modality, seed=number)
            write_phantom(made / name / f"{name}_{modality.value}.nii.gz", volume)
    (made / "notes").mkdir()
    return made


@pytest.fixture(scope="session")
def subjects(folder: Path) -> list[Subject]:
    return load_subjects(folder, TINY.grid)


@pytest.fixture
def tiny_recipes(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """The commands know the preset "tiny" and quick recipes for it."""
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    monkeypatch.setitem(RECIPES["autoencoder"], "tiny", QUICK)
    monkeypatch.setitem(RECIPES["diffusion"], "tiny", replace(QUICK, crop=24, batch=1, crop_cooldown=0))
    return QUICK


def in_two_processes(program: str, folder: Path, out: Path) -> Path:
    """Run a program under torchrun on the CPU, with `folder` and `out` as its words; returns `out`."""
    (out / "program.py").write_text(program)
    words = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", out / "program.py", folder, out]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *map(str, words)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out
