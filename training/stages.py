"""What the commands of training do: data, stage and loop put together."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from engine.bundle import open_bundle
from engine.bundle_writer import export_bundle
from engine.errors import RespinError
from engine.networks.autoencoder import Autoencoder
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import PRESETS, Preset
from engine.synthesis import Mode
from training import familiar
from training.autoencoder import AutoencoderStage
from training.calibrate import calibrate
from training.card import card, with_parts
from training.data import draw, load_split, load_subjects
from training.diffusion import DiffusionStage, draw_latents, encode_all, statistics
from training.launch import Machine
from training.loop import averaged, history, train
from training.manifest import held_out
from training.montage import Montage, Translate, by_prior, by_sampler
from training.recipes import RECIPES, Recipe, recipe_of


@dataclass(frozen=True)
class Watch:
    """What a run shows beside its log. minutes: between two montages; 0: none."""

    tensorboard: bool = False
    minutes: float = 0.0

    def montage(self, data: Path, preset: Preset, translate: Translate, run: Path) -> Montage | None:
        """Crops of the validation subjects as the run sees them; None where none is wanted, or nobody is held out."""
        if not self.minutes:
            return None
        subjects = load_subjects(data, preset.grid, held_out(data)[:4])
        if not subjects:
            return None
        crops = draw(subjects, preset, 64, 6, seed=1, step=0, augment=False)
        return Montage(crops, translate, run, self.minutes)


def chosen(stage: str, preset: str, settings: list[str]) -> tuple[Preset, Recipe]:
    """The preset and the recipe of a stage by name."""
    if preset not in PRESETS or preset.partition("-")[0] not in RECIPES[stage]:
        raise RespinError(f"There is no recipe '{preset}' for {stage}; use {', '.join(RECIPES[stage])}.")
    return PRESETS[preset], recipe_of(stage, preset).with_settings(settings)


def autoencoder(data: Path, preset_name: str, run: Path, settings: list[str], machine: Machine, watch: Watch) -> None:
    """Train stage 1 in `run`/autoencoder."""
    preset, recipe = chosen("autoencoder", preset_name, settings)
    subjects = load_split(data, preset.grid, run)
    torch.manual_seed(recipe.seed)
    stage = AutoencoderStage(preset, recipe)
    stage.start_from(subjects, preset)
    train(
        stage,
        lambda step, number: draw(
            subjects,
            preset,
            *recipe.crops_at(step),
            recipe.seed,
            number,
            recipe.augmentation,
            recipe.simulated,
            recipe.bright,
            recipe.targets,
        ),
        recipe,
        run / "autoencoder",
        machine,
        watch.tensorboard,
        watch.montage(data, preset, by_prior(preset), run / "autoencoder"),
    )


def diffusion(data: Path, preset_name: str, run: Path, settings: list[str], machine: Machine, watch: Watch) -> None:
    """Train stage 2 in `run`/diffusion on the latents of the averaged networks of `run`/autoencoder."""
    preset, recipe = chosen("diffusion", preset_name, settings)
    first = stage_one(preset, run).to(machine.fabric.device)
    subjects = load_split(data, preset.grid, run)
    latents = encode_all(first["autoencoder"], subjects, preset, run / "latents")  # pyright: ignore[reportArgumentType]
    mean, sd = statistics(latents)
    torch.manual_seed(recipe.seed)
    stage = DiffusionStage(preset, first, mean, sd)
    train(
        stage,
        lambda step, number: draw_latents(
            latents, preset, *recipe.crops_at(step), recipe.seed, number, recipe.simulated
        ),
        recipe,
        run / "diffusion",
        machine,
        watch.tensorboard,
        watch.montage(data, preset, by_sampler(copy.deepcopy(first), preset, mean, sd), run / "diffusion"),
    )


def stage_one(preset: Preset, run: Path) -> nn.ModuleDict:
    """The averaged "autoencoder" and "ms_spade" of a run."""
    networks = {"autoencoder": build_autoencoder(preset), "ms_spade": build_ms_spade(preset)}
    return averaged(networks, run / "autoencoder")


def stage_two(preset: Preset, run: Path) -> nn.ModuleDict:
    """The averaged "unet" of a run."""
    return averaged({"unet": build_unet(preset)}, run / "diffusion")


def export(
    data: Path, preset_name: str, run: Path, out: Path, mode: Mode, note: str = "", threads: int = 2, about: str = ""
) -> None:
    """Write the bundle `out` from both stages of `run`; the levels are set on the training subjects.

    about: what the data are, for the card
    """
    torch.set_num_threads(threads)
    preset = PRESETS[preset_name]
    subjects = load_split(data, preset.grid, run)
    networks: dict[str, nn.Module] = {**stage_one(preset, run), **stage_two(preset, run)}
    autoencoder = networks["autoencoder"]
    assert isinstance(autoencoder, Autoencoder)
    latents = encode_all(autoencoder, subjects, preset, run / "latents")
    mean, sd = statistics(latents)
    counts = {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
    told = {stage: history(run / stage) for stage in RECIPES}
    names = [subject.name for subject in subjects]
    untrained = [m for m in preset.modalities if not any(m in subject.images for subject in subjects)]
    text = card(out.name, preset, names, told, counts, note, about, untrained)
    export_bundle(preset, networks, {"mean": mean.tolist(), "sd": sd.tolist()}, calibrate(subjects), mode, text, out)
    known = familiar.with_alarms(familiar.learn(subjects, latents, preset.grid), subjects, open_bundle(out), threads)
    with_parts(out, {"familiar": known.to_json()})
