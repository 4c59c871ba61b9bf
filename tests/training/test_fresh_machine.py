"""A machine without any data: phantom, both stages, export, synthesize, one short command each (docs/training-runs.md).

The budget is the smallest with which every part runs; what comes out must beat copying the source all the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.bundle import open_bundle
from engine.files import read
from engine.metrics import compare, to_unit
from engine.volume import Volume
from training.manifest import held_out

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ("--set", "batch=2", "--set", "crop=32", "--set", "crop_cooldown=32", "--set", "batch_cooldown=1")


def command(folder: Path, *words: object) -> str:
    """What a command says on stdout, run as a reader would."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *map(str, words)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_from_nothing_to_a_synthesis_that_beats_the_copy(tmp_path: Path):
    watch = ("--run", "run", "--threads", 2, "--no-tensorboard", "--montage-minutes", 0)
    command(tmp_path, "training", "phantom", "--out", "heads", "--count", 5, "--size", "64,72,64")
    command(tmp_path, "training", "autoencoder", "--data", "heads", *watch, *SMALL, "--set", "steps=40")
    command(tmp_path, "training", "diffusion", "--data", "heads", *watch, "--set", "steps=6", "--set", "crop=48")
    command(tmp_path, "training", "export", "--data", "heads", "--run", "run", "--out", "models/first")
    assert "Phantom_" in open_bundle(tmp_path / "models" / "first").card
    patient = tmp_path / "heads" / held_out(tmp_path / "heads")[0]
    source, target = (patient / f"{patient.name}_{name}.nii.gz" for name in ("t1", "t2"))
    words = ("synthesize", source, "--from", "t1", "--to", "t2", "--model", "models/first", "--mode", "prior", "--json")
    answer = json.loads(command(tmp_path, "app", *words))
    made, real, copied = (read(tmp_path / path).volume for path in (answer["results"][0]["path"], target, source))
    assert _psnr(made, real) > _psnr(_as_synthesis(copied), real) + 3


def _psnr(made: Volume, real: Volume) -> float:
    return compare(made, real)["mask"].psnr


def _as_synthesis(source: Volume) -> Volume:
    """The source in a synthesis' units."""
    brain = source.data != 0
    return source.with_data((1000 * to_unit(source, brain) * brain).astype(np.float32))
