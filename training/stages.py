"""What the commands of training do: data, stage and loop put together."""

from __future__ import annotations

from pathlib import Path

import torch
from lightning_fabric import Fabric

from engine.errors import RespinError
from engine.presets import PRESETS, Preset
from training.autoencoder import AutoencoderStage
from training.data import draw, load_subjects
from training.loop import train
from training.recipes import RECIPES, Recipe


def chosen(stage: str, preset: str, settings: list[str]) -> tuple[Preset, Recipe]:
    """The preset and the recipe of a stage by name."""
    if preset not in PRESETS or preset not in RECIPES[stage]:
        raise RespinError(f"There is no recipe '{preset}' for {stage}; use {', '.join(RECIPES[stage])}.")
    return PRESETS[preset], RECIPES[stage][preset].with_settings(settings)


def fabric_of(threads: int) -> Fabric:
    """One process on the device at hand. The loop autocasts: Fabric's own mixed precision rounds the images as well."""
    torch.set_num_threads(threads)
    return Fabric(accelerator="auto", devices=1)


def autoencoder(data: Path, preset_name: str, run: Path, settings: list[str], threads: int) -> None:
    """Train stage 1 in `run`/autoencoder."""
    preset, recipe = chosen("autoencoder", preset_name, settings)
    fabric = fabric_of(threads)
    subjects = load_subjects(data, preset.grid)
    torch.manual_seed(recipe.seed)
    stage = AutoencoderStage(preset, recipe)
    stage.start_from(subjects, preset)
    train(
        stage,
        lambda step: draw(subjects, preset, recipe.crop_at(step), recipe.batch, recipe.seed, step, recipe.augment),
        recipe,
        run / "autoencoder",
        fabric,
    )
