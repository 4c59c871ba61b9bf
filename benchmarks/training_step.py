"""Seconds and peak memory of a training step of one stage, by the crop's side.

    python benchmarks/training_step.py [--preset released] [--stage autoencoder] [--sides 32,48,64] [--threads 2]

Every side is measured in a process of its own, on random volumes; seconds are the median of three steps after one that
warms up. Peak memory is of the whole process, libraries included; `empty_mb` is what it had before the networks.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.networks.model import build_autoencoder, build_ms_spade
from engine.presets import PRESETS, Preset
from training.autoencoder import AutoencoderStage
from training.data import Batch
from training.diffusion import DiffusionStage, LatentBatch
from training.recipes import RECIPES

STEPS = 4


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="released", choices=list(PRESETS))
    parser.add_argument("--stage", default="autoencoder", choices=list(RECIPES))
    parser.add_argument("--sides", default="32,48,64")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Print one line of JSON."""
    wished = wishes()
    if wished.one:
        print(json.dumps(one(wished.preset, wished.stage, wished.one, wished.threads)))
        return
    told = [sys.executable, "-W", "ignore", __file__, "--preset", wished.preset, "--stage", wished.stage]
    told += ["--threads", str(wished.threads)]
    place = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    rows = [
        json.loads(subprocess.run([*told, "--one", side], check=True, capture_output=True, text=True, env=place).stdout)
        for side in wished.sides.split(",")
    ]
    answer = {"benchmark": "training_step", "preset": wished.preset, "stage": wished.stage, "threads": wished.threads}
    print(json.dumps(answer | {"sides": rows}))


def one(preset_name: str, stage_name: str, side: int, threads: int) -> dict[str, float]:
    """Seconds a step and megabytes for cubes of this side."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    preset = PRESETS[preset_name]
    empty = _peak()
    stage, batch = _autoencoder(preset, preset_name, side) if stage_name == "autoencoder" else _diffusion(preset, side)
    stage.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]
    last = RECIPES[stage_name][preset_name].steps - 2  # every loss is due
    optimizer = torch.optim.AdamW(stage.parts()["model"])
    seconds: list[float] = []
    for _ in range(STEPS):
        began = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            losses: dict[str, Tensor] = stage("model", batch, last)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        seconds.append(time.perf_counter() - began)
    return {"side": side, "seconds": statistics.median(seconds[1:]), "peak_mb": _peak(), "empty_mb": empty}


def _autoencoder(preset: Preset, name: str, side: int) -> tuple[AutoencoderStage, Batch]:
    image, target, mask = torch.rand(3, 1, 1, side, side, side)
    index = torch.tensor([0]), torch.tensor([1])
    return AutoencoderStage(preset, RECIPES["autoencoder"][name]), Batch(image, target, mask.round(), *index)


def _diffusion(preset: Preset, side: int) -> tuple[DiffusionStage, LatentBatch]:
    first = nn.ModuleDict({"autoencoder": build_autoencoder(preset), "ms_spade": build_ms_spade(preset)})
    latent = preset.autoencoder.latent
    source, target = torch.randn(2, 1, latent, *[side // preset.downsampling] * 3)
    stage = DiffusionStage(preset, first, torch.zeros(latent), torch.ones(latent))
    return stage, LatentBatch(source, target, torch.ones_like(source[:, :1]), torch.tensor([1]))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
