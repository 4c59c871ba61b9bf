"""A light 3-D patch discriminator. It belongs to training and never ships."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from engine.networks.blocks import space_to_depth


class PatchDiscriminator(nn.Module):
    """Is this patch of an image of this modality real? One answer for about every 16 voxels cubed.

    images: joined along the channels: 1, or 2 where it sees the source as well (Isola et al. 2017)
    """

    def __init__(self, targets: int, width: int = 24, images: int = 1) -> None:
        super().__init__()
        self.stem = spectral_norm(nn.Conv3d(8 * images, width, 3, padding=1))
        self.down1 = spectral_norm(nn.Conv3d(width, 2 * width, 3, stride=2, padding=1))
        self.down2 = spectral_norm(nn.Conv3d(2 * width, 2 * width, 3, stride=2, padding=1))
        self.answer = spectral_norm(nn.Conv3d(2 * width, targets, 1))
        self.eval()

    @torch.no_grad()
    def follow(self) -> None:
        """One turn of the power iteration: once a step, not once an image, however many batches a step has."""
        self.train()
        for conv in (self.stem, self.down1, self.down2, self.answer):
            _ = conv.weight
        self.eval()

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """image (B, images, 8i, 8j, 8k) in model units, target (B,) int64 -> (B, 1, i, j, k)."""
        h = F.leaky_relu(self.stem(space_to_depth(image)), 0.2)
        h = F.leaky_relu(self.down1(h), 0.2)
        h = F.leaky_relu(self.down2(h), 0.2)
        index = target[:, None, None, None, None].expand(-1, 1, *h.shape[2:])
        return torch.gather(self.answer(h), 1, index)
