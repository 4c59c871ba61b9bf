"""The three networks of a preset by name."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from engine.networks.autoencoder import Autoencoder
from engine.networks.ms_spade import LightMSSpade, ReleasedMSSpade, TableMSSpade
from engine.networks.unet import UNet
from engine.presets import Preset


class Signature(NamedTuple):
    """What goes into a graph of a bundle and what comes out, in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


GRAPHS = {
    "encoder": Signature(("image", "source"), ("z", "skip", "drafts")),
    "ms_spade": Signature(("z", "target"), ("z_prior",)),
    "decoder": Signature(("z", "skip", "drafts", "target"), ("image",)),
}
"""`Autoencoder.encode`, MS-SPADE and `Autoencoder.decode`; graphs do not take what their network ignores."""


class NoSpade(nn.Module):
    """Of the ablation without MS-SPADE: z_prior is z_source."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()

    def forward(self, z: Tensor, target: Tensor) -> Tensor:
        """z (B, latent, i, j, k) and target (B,) int64, which is part of the graph but changes nothing."""
        return z + (0 * target).to(z.dtype)[:, None, None, None, None]


_MS_SPADE = {"none": NoSpade, "light": LightMSSpade, "released": ReleasedMSSpade, "table-b": TableMSSpade}


def build_autoencoder(preset: Preset) -> Autoencoder:
    """Encoder, codebook and decoder."""
    return Autoencoder(preset)


def build_ms_spade(preset: Preset) -> nn.Module:
    """z_source -> z_prior."""
    return _MS_SPADE[preset.spade.family](preset)


def build_unet(preset: Preset) -> UNet:
    """The denoiser."""
    return UNet(preset)
