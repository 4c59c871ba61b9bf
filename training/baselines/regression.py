"""The floor without diffusion: a U-Net of the denoiser's shape that goes from z_source to z_target in one pass.

It stands on a bundle's own autoencoder, as the denoiser does: the same latents, the same decoder, the same codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from engine.bundle import Bundle
from engine.files import write_bytes
from engine.networks.unet import UNet
from engine.presets import Preset
from engine.stages import Floats, Stages
from training.data import Subject
from training.diffusion import LatentBatch, Latents, UNetStage, kept_as
from training.losses import masked_mean
from training.recipes import Recipe

REGRESSION = Recipe(
    steps=2500,
    crop=80,
    batch=1,
    crop_cooldown=80,
    batch_cooldown=1,
    rate=5e-4,
    warmup=50,
    clip=1.0,
    ema=0.995,
    augment=False,
)


def build_regression(preset: Preset) -> UNet:
    """The denoiser of a preset with z_source in the place of z_t, and nothing joined to it."""
    return UNet(replace(preset, unet=replace(preset.unet, concat="none", predicts="sample")))


class Normal:
    """Latents in the sampler's units and back. mean, sd: (latent,) of z_target."""

    def __init__(self, mean: Sequence[float], sd: Sequence[float]) -> None:
        self.mean, self.sd = (torch.tensor(part).reshape(1, -1, 1, 1, 1) for part in (mean, sd))

    def of(self, z: Tensor) -> Tensor:
        """z (B, latent, i, j, k) -> mean 0 and variance 1."""
        return (z.float() - self.mean.to(z.device)) / self.sd.to(z.device)

    def back(self, z: Tensor) -> Tensor:
        """The way back."""
        return z.float() * self.sd.to(z.device) + self.mean.to(z.device)


def predict(unet: nn.Module, z_source: Tensor, target: Tensor) -> Tensor:
    """z_target (B, latent, i, j, k) of normalised z_source and target (B,) int64; no noise, so the timestep is 0."""
    return unet(z_source, z_source[:, :0], torch.zeros(len(z_source), device=z_source.device), target)


class RegressionStage(UNetStage):
    """The U-Net and its loss: the mean square error of z_target, which is the denoiser's without noise."""

    def __init__(self, preset: Preset, normal: Normal) -> None:
        super().__init__(build_regression(preset))
        self.normal = normal

    def forward(self, part: str, batch: LatentBatch, step: int) -> dict[str, Tensor]:
        """Mean square error inside the brain, in the sampler's units."""
        predicted = predict(self.unet, self.normal.of(batch.source), batch.target_class).float()
        return {"regression": masked_mean((predicted - self.normal.of(batch.target)).square(), batch.mask)}


def encode_by(bundle: Bundle, stages: Stages, subjects: Sequence[Subject], cache: Path) -> list[Latents]:
    """Latents of every contrast of every subject by a bundle's encoder, kept in the folder `cache`."""
    own = cache / bundle.hashes["encoder.onnx"][:12]
    own.mkdir(parents=True, exist_ok=True)
    return [_encode(bundle, stages, subject, kept_as(own, subject)) for subject in subjects]


def _encode(bundle: Bundle, stages: Stages, subject: Subject, path: Path) -> Latents:
    preset = bundle.preset
    if not path.is_file():
        z = {
            modality.value: torch.from_numpy(stages.encode(image.astype(np.float32), preset.index(modality))[0])
            for modality, image in subject.images.items()
        }
        share = nn.functional.avg_pool3d(torch.from_numpy(subject.mask.astype(np.float32))[None], preset.downsampling)
        write_bytes(path, save({**{name: tensor.contiguous() for name, tensor in z.items()}, "mask": share}))
    kept = load_file(path)
    return Latents(subject.name, {m: kept[m.value] for m in subject.images}, kept["mask"])


@torch.no_grad()
def regress(unet: nn.Module, normal: Normal, z: Floats, target: int) -> Floats:
    """z_source (latent, i, j, k) in its own units -> z_target, as a reader's scan passes through."""
    z_source = normal.of(torch.from_numpy(z)[None]).to(next(unet.parameters()).device)
    made = predict(unet, z_source, torch.tensor([target], device=z_source.device))
    return normal.back(made.float().cpu())[0].numpy()
