"""What the commands of training do: data, stage and loop put together."""

from __future__ import annotations

from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import nn

from engine.bundle import open_bundle
from engine.bundle_writer import export_bundle
from engine.device import choose
from engine.errors import RespinError
from engine.networks.autoencoder import Autoencoder
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import PRESETS, Preset
from engine.synthesis import Mode
from training.autoencoder import AutoencoderStage
from training.calibrate import calibrate
from training.card import card, with_numbers
from training.data import VALIDATION, draw, find_subjects, load_subjects
from training.diffusion import DiffusionStage, draw_latents, encode_all, statistics
from training.evaluate import evaluate as measure
from training.evaluate import learn_maps, to_csv, to_markdown
from training.loop import averaged, history, train
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
        lambda step: draw(subjects, preset, *recipe.crops_at(step), recipe.seed, step, recipe.augment),
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
        lambda step: draw_latents(latents, preset, *recipe.crops_at(step), recipe.seed, step),
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


def export(data: Path, preset_name: str, run: Path, out: Path, mode: Mode, note: str = "", threads: int = 2) -> None:
    """Write the bundle `out` from both stages of `run`; the levels are set on the training subjects."""
    torch.set_num_threads(threads)
    preset = PRESETS[preset_name]
    subjects = load_subjects(data, preset.grid)
    networks: dict[str, nn.Module] = {**stage_one(preset, run), **stage_two(preset, run)}
    autoencoder = networks["autoencoder"]
    assert isinstance(autoencoder, Autoencoder)
    latents = encode_all(autoencoder, subjects, preset, run / "latents")
    mean, sd = statistics(latents)
    counts = {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
    told = {stage: history(run / stage) for stage in RECIPES}
    text = card(out.name, preset, [subject.name for subject in subjects], told, counts, note)
    export_bundle(preset, networks, {"mean": mean.tolist(), "sd": sd.tolist()}, calibrate(subjects), mode, text, out)


def evaluate(data: Path, model: Path, out: Path, modes: list[Mode], names: list[str], into_card: bool) -> str:
    """Measure a bundle on validation subjects into `out`/evaluation.csv; returns the table, and puts it on the card."""
    found = find_subjects(data)
    maps = learn_maps([paths for name, paths in found.items() if name not in VALIDATION])
    rows = list(measure(open_bundle(model), choose("auto"), {name: found[name] for name in names}, maps, modes))
    out.mkdir(parents=True, exist_ok=True)
    to_csv(rows, out / "evaluation.csv")
    text = (
        f"{', '.join(names)}; none of them trained on. PSNR (dB) / NMSE / SSIM, mean over subjects, by the\n"
        "definitions of `engine.metrics`. *copy* is the source itself, *map* the mean target intensity for each\n"
        f"source intensity, learnt from the training subjects.\n\nInside the brain:\n\n{to_markdown(rows)}\n"
        f"Whole crop:\n\n{to_markdown(rows, 'whole')}"
    )
    if into_card:
        with_numbers(model, text)
    return text
