"""Seconds, peak memory and arithmetic of a training step of one stage, by the crop's side.

    python benchmarks/training_step.py [--preset released] [--stage autoencoder] [--sides 32,48,64] [--threads 2]
        [--recompute]

Every side is measured in a process of its own, on random volumes; seconds are the median of three steps after one that
warms up, `cpu_seconds` the processor's. Peak memory is of the whole process, libraries included; `empty_mb` is what it
had before the networks. `tflop` is what the convolutions and matrix products of a step take, forwards and backwards; a
product and a sum count as two.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from engine.device import computes_half
from engine.networks.model import build_autoencoder, build_ms_spade
from engine.presets import PRESETS, Preset
from training.autoencoder import AutoencoderStage
from training.data import Batch
from training.diffusion import DiffusionStage, LatentBatch
from training.optimizers import PartOptimizer
from training.recipes import RECIPES, Recipe
from training.recompute import recompute_blocks

Stage = AutoencoderStage | DiffusionStage
STEPS = 3


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="released", choices=list(PRESETS))
    parser.add_argument("--stage", default="autoencoder", choices=list(RECIPES))
    parser.add_argument("--sides", default="32,48,64")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Print one line of JSON."""
    wished = wishes()
    if wished.one:
        print(json.dumps(one(wished)))
        return
    answer = {"benchmark": "training_step", "preset": wished.preset, "stage": wished.stage}
    told = [sys.executable, "-W", "ignore", __file__, "--preset", wished.preset, "--stage", wished.stage]
    told += ["--threads", str(wished.threads), *(["--recompute"] if wished.recompute else [])]
    place = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    rows = [
        json.loads(subprocess.run([*told, "--one", side], check=True, capture_output=True, text=True, env=place).stdout)
        for side in wished.sides.split(",")
    ]
    print(json.dumps(answer | {"threads": wished.threads, "recompute": wished.recompute, "sides": rows}))


def one(wished: argparse.Namespace) -> dict[str, float]:
    """Seconds a step and megabytes for cubes of this side."""
    torch.set_num_threads(wished.threads)
    torch.manual_seed(0)
    empty = _peak()
    preset = PRESETS[wished.preset]
    build = _autoencoder if wished.stage == "autoencoder" else _diffusion
    stage, batch = build(preset, wished.one)
    stage.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]
    if wished.recompute:
        recompute_blocks(stage)
    optimizer = PartOptimizer(list(stage.parts()["model"]), RECIPES[wished.stage][wished.preset], sharded=False)
    with FlopCounterMode(display=False) as counter:
        _learn(stage, batch, wished)
    taken: list[tuple[float, float]] = []
    for _ in range(STEPS):
        began = time.perf_counter(), time.process_time()
        stage.zero_grad()
        _learn(stage, batch, wished)
        optimizer.step(RECIPES[wished.stage][wished.preset].rate)
        taken.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    seconds, of_processor = (statistics.median(values) for values in zip(*taken, strict=True))
    return {
        "side": wished.one,
        "seconds": seconds,
        "cpu_seconds": of_processor,
        "peak_mb": _peak(),
        "empty_mb": empty,
        "tflop": counter.get_total_flops() / 1e12,
    }


def full_step(recipe: Recipe) -> int:
    """A late step in which every loss is due."""
    often = math.lcm(*(every for every in (recipe.alone_every, recipe.reconstruct_every, recipe.cycle_every) if every))
    return (recipe.steps - 1) // often * often


def _learn(stage: Stage, batch: Batch | LatentBatch, wished: argparse.Namespace) -> None:
    last = full_step(RECIPES[wished.stage][wished.preset])
    with torch.autocast("cpu", torch.bfloat16, computes_half("cpu")):
        losses: dict[str, Tensor] = stage("model", batch, last)
    torch.stack(list(losses.values())).sum().backward()


def _autoencoder(preset: Preset, side: int) -> tuple[AutoencoderStage, Batch]:
    recipe = RECIPES["autoencoder"][preset.name]
    rows = recipe.targets
    image, target, mask = torch.rand(3, rows, 1, side, side, side)
    index = torch.zeros(rows, dtype=torch.int64), torch.arange(1, rows + 1)
    image = image[:1].expand(image.shape)
    return AutoencoderStage(preset, recipe), Batch(image, target, mask.round(), *index)


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
