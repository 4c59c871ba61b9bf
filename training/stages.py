"""What the commands of training do: data, stage and loop put together."""

from __future__ import annotations

from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn

from engine.errors import RespinError
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import PRESETS, Preset
from training.autoencoder import AutoencoderStage
from training.data import draw, load_subjects
from training.diffusion import DiffusionStage, draw_latents, encode_all, statistics
from training.loop import averaged, train
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


def diffusion(data: Path, preset_name: str, run: Path, settings: list[str], threads: int) -> None:
    """Train stage 2 in `run`/diffusion on the latents of the averaged networks of `run`/autoencoder."""
    preset, recipe = chosen("diffusion", preset_name, settings)
    fabric = fabric_of(threads)
    first = stage_one(preset, run)
    subjects = load_subjects(data, preset.grid)
    latents = encode_all(first["autoencoder"], subjects, preset, run / "latents")  # pyright: ignore[reportArgumentType]
    torch.manual_seed(recipe.seed)
    stage = DiffusionStage(preset, first["ms_spade"], *statistics(latents))
    train(
        stage,
        lambda step: draw_latents(latents, preset, recipe.crop_at(step), recipe.batch, recipe.seed, step),
        recipe,
        run / "diffusion",
        fabric,
    )


def stage_one(preset: Preset, run: Path) -> nn.ModuleDict:
    """The averaged "autoencoder" and "ms_spade" of a run."""
    networks = {"autoencoder": build_autoencoder(preset), "ms_spade": build_ms_spade(preset)}
    return averaged(networks, run / "autoencoder")


def stage_two(preset: Preset, run: Path) -> nn.ModuleDict:
    """The averaged "unet" of a run."""
    return averaged({"unet": build_unet(preset)}, run / "diffusion")
