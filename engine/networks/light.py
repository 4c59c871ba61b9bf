"""The compact autoencoder: made to be trained and run on two CPU cores.

Where it leaves the paper, and why: no norm (crops meet whole volumes), a space-to-depth stem (nothing is
lost at a fraction of the cost), a convolution at full resolution last (depth-to-space alone leaves a
checkerboard), and source features that reach the decoder at half resolution, switched by target.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.blocks import LightBlock, SwitchedConv, depth_to_space, space_to_depth
from engine.presets import AutoencoderShape


class LightEncoder(nn.Module):
    """Image (B, 1, 4i, 4j, 4k) in model units -> latent (B, latent, i, j, k) and skip (B, c, 2i, 2j, 2k)."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        _, half, quarter = shape.channels
        self.stem = nn.Conv3d(8, half, 3, padding=1)
        self.at_half = nn.ModuleList(LightBlock(half) for _ in range(shape.blocks))
        self.down = nn.Conv3d(8 * half, quarter, 1)
        self.at_quarter = nn.ModuleList(LightBlock(quarter) for _ in range(shape.blocks + shape.mid_blocks))
        self.out = nn.Conv3d(quarter, shape.latent, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns (z before quantization, skip)."""
        skip = self.stem(space_to_depth(x))
        for block in self.at_half:
            skip = block(skip)
        h = self.down(space_to_depth(skip))
        for block in self.at_quarter:
            h = block(h)
        return self.out(F.leaky_relu(h, 0.1)), skip


class LightDecoder(nn.Module):
    """Latent (B, latent, i, j, k), the source's skip and the target -> image (B, 1, 4i, 4j, 4k)."""

    def __init__(self, shape: AutoencoderShape, targets: int) -> None:
        super().__init__()
        full, half, quarter = shape.channels
        self.stem = nn.Conv3d(shape.latent, quarter, 3, padding=1)
        self.at_quarter = nn.ModuleList(LightBlock(quarter, targets) for _ in range(shape.blocks + shape.mid_blocks))
        self.up = nn.Conv3d(quarter, 8 * half, 1)
        self.source = SwitchedConv(targets, half, half, 3)
        self.merge = nn.Conv3d(2 * half, half, 1)
        self.at_half = nn.ModuleList(LightBlock(half, targets) for _ in range(shape.blocks + 1))
        self.up_full = nn.Conv3d(half, 8 * full, 1)
        self.at_full = nn.Conv3d(full, full, 3, padding=1)
        self.out = nn.Conv3d(full, 1, 3, padding=1)
        nn.init.ones_(self.out.bias)  # pyright: ignore[reportArgumentType] (start at the mean of the brain)

    def forward(self, z: Tensor, skip: Tensor, target: Tensor) -> Tensor:
        """skip: of `LightEncoder`, zeros where the source must not pass; target (B,) int64."""
        h = self.stem(z)
        for block in self.at_quarter:
            h = block(h, target)
        h = depth_to_space(self.up(F.leaky_relu(h, 0.1)))
        passed = F.leaky_relu(self.source(skip, target), 0.1)
        h = self.merge(torch.cat([h, passed], dim=1))
        for block in self.at_half:
            h = block(h, target)
        h = depth_to_space(self.up_full(F.leaky_relu(h, 0.1)))
        h = h + self.at_full(F.leaky_relu(h, 0.1))
        return self.out(F.leaky_relu(h, 0.1))
