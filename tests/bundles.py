"""A whole bundle with random weights, as training's export makes it, only small. For everything but image quality."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from engine.bundle_writer import export_bundle
from engine.modality import Modality
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import COMPACT, Preset
from engine.synthesis import Mode

TINY = replace(
    COMPACT,
    name="tiny",
    autoencoder=replace(COMPACT.autoencoder, channels=(2, 4, 8, 8), latent=8, groups=2, codes=64),
    spade=replace(COMPACT.spade, channels=(8, 8)),
    unet=replace(COMPACT.unet, channels=(32, 32), attention=(0, 1)),
    quantize=("sample",),
)
CARD = "# tiny\n\nRandom weights, for tests. Research use only: no lesion may be trusted.\n"


def networks(preset: Preset, seed: int = 0) -> dict[str, nn.Module]:
    """The networks of a preset with random weights, none of them zero (zero-initialised layers hide faults)."""
    torch.manual_seed(seed)
    built: dict[str, nn.Module] = {
        "autoencoder": build_autoencoder(preset),
        "ms_spade": build_ms_spade(preset),
        "unet": build_unet(preset),
    }
    for network in built.values():
        for parameter in network.parameters():
            if parameter.dim() > 1 and not parameter.detach().any():
                nn.init.normal_(parameter, std=0.05)
    return {name: network.eval() for name, network in built.items()}


def write_bundle(directory: Path, preset: Preset = TINY) -> Path:
    """A bundle for all directions of T1, T1CE, T2 and FLAIR."""
    four = (Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR)
    levels = {"low": 0.2, "high": 1.8}
    directions = {source: {target: dict(levels) for target in four if target is not source} for source in four}
    latent = {"mean": [0.0] * preset.autoencoder.latent, "sd": [1.0] * preset.autoencoder.latent}
    export_bundle(preset, networks(preset), latent, directions, Mode.SHORTCUT, CARD, directory)
    return directory
