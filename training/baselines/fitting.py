"""`python -m training baseline`: the learnt floors, fitted to the same subjects and by the same loop as the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.bundle import Bundle
from engine.device import Device
from engine.errors import RespinError
from engine.stages import Stages
from training.baselines.pix2pix import PIX2PIX, Pix2PixStage
from training.baselines.regression import REGRESSION, Normal, RegressionStage, encode_by
from training.baselines.rival import KINDS, note
from training.data import Batch, Subject, draw, load_split
from training.diffusion import draw_latents
from training.launch import Machine
from training.loop import train
from training.recipes import Recipe
from training.stages import Watch

RECIPES = {"regression": REGRESSION, "pix2pix": PIX2PIX}


def fit(
    kind: str, data: Path, bundle: Bundle, run: Path, settings: Sequence[str], machine: Machine, watch: Watch
) -> None:
    """Train "regression" or "pix2pix" in `run`/`kind` on the training subjects of `data`; resumes what is there."""
    if kind not in KINDS:
        raise RespinError(f"'{kind}' is no baseline; use {' or '.join(KINDS)}.")
    recipe = RECIPES[kind].with_settings(list(settings))
    subjects = load_split(data, bundle.preset.grid, run)
    if machine.first:
        note(run / kind, kind, bundle)
    torch.manual_seed(recipe.seed)
    stage, batch_of = (
        _regression(bundle, recipe, subjects, run) if kind == "regression" else _pix2pix(bundle, recipe, subjects)
    )
    shown = watch.montage(data, bundle.preset, by_generator, run / kind) if kind == "pix2pix" else None
    train(stage, batch_of, recipe, run / kind, machine, watch.tensorboard, shown)


def _regression(
    bundle: Bundle, recipe: Recipe, subjects: list[Subject], run: Path
) -> tuple[nn.Module, Callable[[int, int], Any]]:
    stages = Stages(bundle.directory, Device("cpu", torch.get_num_threads()))
    latents = encode_by(bundle, stages, subjects, run / "latents")
    stage = RegressionStage(bundle.preset, Normal(bundle.latent_mean, bundle.latent_sd))
    preset = bundle.preset
    return stage, lambda step, number: draw_latents(
        latents, preset, *recipe.crops_at(step), recipe.seed, number, recipe.simulated
    )


def _pix2pix(bundle: Bundle, recipe: Recipe, subjects: list[Subject]) -> tuple[nn.Module, Callable[[int, int], Any]]:
    return Pix2PixStage(bundle.preset, recipe), lambda step, number: draw(
        subjects,
        bundle.preset,
        *recipe.crops_at(step),
        recipe.seed,
        number,
        recipe.augmentation,
        recipe.simulated,
        recipe.bright,
    )


def by_generator(networks: nn.Module, crops: Batch) -> Tensor:
    """What a montage shows of Pix2Pix."""
    return networks.get_submodule("generator")(crops.source, crops.source_class, crops.target_class)
