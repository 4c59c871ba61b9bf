"""The floor without a latent space: a 3-D Pix2Pix (Isola et al. 2017), one network for all directions.

A U-Net with the paper's 4-voxel strided convolutions turns the source into the target; a patch discriminator sees both.
Source and target modality are label channels. Where it leaves the paper: norms over the channels of a voxel, so that a
crop is seen as the whole volume is; a convolution at full resolution last; hinge losses, as stage 1 has them.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import Parameter

from engine.networks.blocks import continued
from engine.networks.unet import VoxelNorm
from engine.preprocess import SDS_TO_FLOOR
from engine.presets import Preset
from training.data import Batch
from training.discriminator import PatchDiscriminator
from training.launch import Machine
from training.losses import hinge_discriminator, hinge_generator, masked_mean
from training.recipes import Recipe

WIDTHS = (48, 96, 192)
"""Channels at 1/2, 1/4 and 1/8 of the resolution: about as many parameters as the denoiser of `compact`."""
_FULL = 8
"""Channels at full resolution."""

PIX2PIX = Recipe(
    steps=3000,
    crop=48,
    batch=2,
    crop_cooldown=48,
    batch_cooldown=2,
    warmup=50,
    clip=1.0,
    ema=0.995,
    adversary=0.01,  # beside L1 of z-scores: the paper's 100 to 1
    adversary_from=0.0,
)


class Generator(nn.Module):
    """Source (B, 1, 8i, 8j, 8k) in model units -> target, the same shape."""

    def __init__(self, modalities: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.modalities = modalities
        inputs = (1 + 2 * modalities, *widths[:-1])
        self.down = nn.ModuleList(nn.Conv3d(a, b, 4, 2, 1) for a, b in zip(inputs, widths, strict=True))
        self.down_norm = nn.ModuleList(VoxelNorm(width) for width in widths)
        self.middle = nn.Conv3d(widths[-1], widths[-1], 3, padding=1)
        self.middle_norm = VoxelNorm(widths[-1])
        narrow = (_FULL, *widths[:-1])
        self.up = nn.ModuleList(nn.ConvTranspose3d(2 * b, a, 4, 2, 1) for a, b in zip(narrow, widths, strict=True))
        self.up_norm = nn.ModuleList(VoxelNorm(width) for width in narrow)
        self.out = nn.Conv3d(_FULL + 1, 1, 3, padding=1)

    def forward(self, source: Tensor, source_class: Tensor, target_class: Tensor) -> Tensor:
        """Classes (B,) int64."""
        sides, source = source.shape[2:], continued(source, 2 ** len(self.down))
        labels = torch.cat([F.one_hot(index, self.modalities) for index in (source_class, target_class)], dim=1)
        shown = labels.to(source.dtype)[:, :, None, None, None].expand(-1, -1, *source.shape[2:])
        h, kept = torch.cat([source, shown], dim=1), []
        for conv, norm in zip(self.down, self.down_norm, strict=True):
            h = F.leaky_relu(norm(conv(h)), 0.2)
            kept.append(h)
        h = F.leaky_relu(self.middle_norm(self.middle(h)), 0.2)
        for conv, norm in zip(reversed(self.up), reversed(self.up_norm), strict=True):
            h = F.leaky_relu(norm(conv(torch.cat([h, kept.pop()], dim=1))), 0.2)
        made = self.out(torch.cat([h, source.to(h.dtype)], dim=1))
        return made[:, :, : sides[0], : sides[1], : sides[2]]


class Pix2PixStage(nn.Module):
    """Generator and discriminator with their losses: L1 of z-scores inside the brain, and the adversary."""

    def __init__(self, preset: Preset, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.generator = Generator(len(preset.modalities))
        self.discriminator = PatchDiscriminator(len(preset.modalities), images=2)
        self.fake: Tensor | None = None

    def parts(self) -> dict[str, Iterable[Parameter]]:
        """Parameters of each optimizer."""
        return {"model": self.generator.parameters(), "discriminator": self.discriminator.parameters()}

    def exported(self) -> dict[str, nn.Module]:
        """What is averaged and translates."""
        return {"generator": self.generator}

    def due(self, part: str, step: int) -> bool:
        """The adversary is there from `adversary_from` on."""
        return part == "model" or step >= self.recipe.adversary_from * self.recipe.steps

    def notes(self) -> dict[str, float]:
        """Nothing beside the losses."""
        return {}

    def settle(self, step: int, machine: Machine) -> None:
        """After a step: the discriminator's spectral norms follow its weights."""
        if self.due("discriminator", step):
            self.discriminator.follow()

    def forward(self, part: str, batch: Batch, step: int) -> dict[str, Tensor]:
        """Weighted losses of "model" or "discriminator"."""
        source = batch.source * batch.mask
        if part == "discriminator":
            assert self.fake is not None, "the model part comes first"
            real = self._judged(source, batch.target * batch.mask, batch)
            return {"discriminator": hinge_discriminator(real, self._judged(source, self.fake, batch))}
        made = self.generator(batch.source, batch.source_class, batch.target_class).float()
        losses = {"l1": SDS_TO_FLOOR * masked_mean((made - batch.target).abs(), batch.mask)}
        if self.due("discriminator", step):
            self.fake = (made * batch.mask).detach()
            losses["adversary"] = self.recipe.adversary * hinge_generator(
                self._judged(source, made * batch.mask, batch)
            )
        return losses

    def _judged(self, source: Tensor, image: Tensor, batch: Batch) -> Tensor:
        return self.discriminator(torch.cat([source, image], dim=1), batch.target_class)
