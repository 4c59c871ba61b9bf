"""The three networks of a preset by name."""

from __future__ import annotations

from torch import nn

from engine.networks.autoencoder import Autoencoder
from engine.networks.ms_spade import LightMSSpade, ReleasedMSSpade, TableMSSpade
from engine.networks.unet import UNet
from engine.presets import Preset

_MS_SPADE = {"light": LightMSSpade, "released": ReleasedMSSpade, "table-b": TableMSSpade}


def build_autoencoder(preset: Preset) -> Autoencoder:
    """Encoder, codebook and decoder."""
    return Autoencoder(preset)


def build_ms_spade(preset: Preset) -> nn.Module:
    """z_source -> z_prior."""
    return _MS_SPADE[preset.spade.family](preset)


def build_unet(preset: Preset) -> UNet:
    """The denoiser."""
    return UNet(preset)
