"""The autoencoder of the paper (table A) and of its authors' code, and the codebook that all presets share.

Names of submodules follow the authors' checkpoints, so that their weights load key for key.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from scipy.spatial import KDTree
from torch import Tensor, nn

from engine.networks import slabs
from engine.networks.blocks import Upsample
from engine.presets import AutoencoderShape

SEARCH_CHUNK = 16384
"""Latent vectors compared with the codebook at once: bounds the distance matrix to 0.5 GB at 8192 codes."""


def by_product(flat: Tensor, codes: Tensor) -> Tensor:
    """Index of the code nearest to each row of (n, width): the largest of z . c - |c|^2 / 2, in chunks."""
    half_norm = codes.square().sum(1) / 2
    with torch.autocast(flat.device.type, enabled=False):
        return torch.cat([(part @ codes.T).sub_(half_norm).argmax(1) for part in flat.split(SEARCH_CHUNK)])


def by_tree(flat: Tensor, codes: Tensor) -> Tensor:
    """The same by a k-d tree: at a width of 4 about 25 times faster on a processor, and no matrix."""
    tree: Any = KDTree(codes.numpy())
    return torch.from_numpy(tree.query(flat.numpy(), workers=torch.get_num_threads())[1])


class Codebook(nn.Module):
    """Vector quantization: every latent vector becomes the nearest of `codes` learnt ones.

    A latent wider than a code is quantized in groups of channels that share the codes (product quantization).
    """

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(codes, width)
        nn.init.uniform_(self.embedding.weight, -1 / codes, 1 / codes)

    def search(self, z: Tensor) -> Tensor:
        """z (B, latent, i, j, k) -> index of the nearest code (B, groups, i, j, k). In float32."""
        groups = z.shape[1] // self.width
        flat = z.detach().unflatten(1, (groups, self.width)).movedim(2, -1).reshape(-1, self.width).float()
        codes = self.embedding.weight.detach().float()
        nearest = by_tree(flat, codes) if z.device.type == "cpu" else by_product(flat, codes)
        return nearest.reshape(z.shape[0], groups, *z.shape[2:])

    def lookup(self, index: Tensor) -> Tensor:
        """Index (B, groups, i, j, k) -> latent (B, latent, i, j, k)."""
        return self.embedding(index).movedim(-1, 2).flatten(1, 2)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """z -> (the quantized z, index); the gradient does not pass (training adds the straight-through)."""
        index = self.search(z)
        return self.lookup(index), index


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    """norm, swish, conv; twice; 1x1x1 shortcut where the width changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = _norm(inputs)
        self.conv1 = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.norm2 = _norm(outputs)
        self.conv2 = nn.Conv3d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv3d(inputs, outputs, 1)

    def forward(self, h: Tensor) -> Tensor:
        """(B, inputs, ...) -> (B, outputs, ...); at inference a large h is used up."""
        if slabs.wanted(h):
            inner = slabs.norm_silu_conv(h, self.norm1, self.conv1)
            rest = self.nin_shortcut(h) if hasattr(self, "nin_shortcut") else h
            return slabs.norm_silu_conv(inner, self.norm2, self.conv2, onto=rest)
        inner = self.conv1(F.silu(self.norm1(h)))
        inner = self.conv2(F.silu(self.norm2(inner)))
        return inner + (self.nin_shortcut(h) if hasattr(self, "nin_shortcut") else h)


class Downsample(nn.Module):
    """Stride 2 after padding one voxel at the far end of each axis."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, channels, 3, stride=2)

    def forward(self, h: Tensor) -> Tensor:
        """(B, C, 2i, 2j, 2k) -> (B, C, i, j, k)."""
        return slabs.down_conv(h, self.conv) if slabs.wanted(h) else self.conv(F.pad(h, (0, 1, 0, 1, 0, 1)))


def _mid(channels: int, blocks: int) -> nn.ModuleDict:
    return nn.ModuleDict({f"block_{n + 1}": ResnetBlock(channels, channels) for n in range(blocks)})


def _out(h: Tensor, norm: nn.GroupNorm, conv: nn.Conv3d) -> Tensor:
    return slabs.norm_silu_conv(h, norm, conv) if slabs.wanted(h) else conv(F.silu(norm(h)))


class Encoder(nn.Module):
    """Image (B, 1, 4i, 4j, 4k) -> z (B, moments, i, j, k) before quantization."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        self.conv_in = nn.Conv3d(1, shape.channels[0], 3, padding=1)
        self.down = nn.ModuleList()
        width = shape.channels[0]
        for level, channels in enumerate(shape.channels):
            blocks = nn.ModuleList(ResnetBlock(width if n == 0 else channels, channels) for n in range(shape.blocks))
            stage = nn.ModuleDict({"block": blocks})
            if level < len(shape.channels) - 1:
                stage["downsample"] = Downsample(channels)
            self.down.append(stage)
            width = channels
        self.mid = _mid(width, shape.mid_blocks)
        self.norm_out = _norm(width)
        self.conv_out = nn.Conv3d(width, shape.moments, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """x in model units."""
        h = self.conv_in(x)
        for stage in self.down:
            for block in stage["block"]:  # pyright: ignore[reportIndexIssue]
                h = block(h)
            if "downsample" in stage:  # pyright: ignore[reportOperatorIssue]
                h = stage["downsample"](h)  # pyright: ignore[reportIndexIssue]
        for block in self.mid.values():
            h = block(h)
        return _out(h, self.norm_out, self.conv_out)


class Decoder(nn.Module):
    """z (B, latent, i, j, k) -> image (B, 1, 4i, 4j, 4k)."""

    def __init__(self, shape: AutoencoderShape) -> None:
        super().__init__()
        width = shape.channels[-1]
        self.conv_in = nn.Conv3d(shape.latent, width, 3, padding=1)
        self.mid = _mid(width, shape.mid_blocks)
        stages: list[nn.ModuleDict] = []
        for level, channels in reversed(list(enumerate(shape.channels))):
            blocks = nn.ModuleList(
                ResnetBlock(width if n == 0 else channels, channels) for n in range(shape.blocks + 1)
            )
            stage = nn.ModuleDict({"block": blocks})
            if level > 0:
                stage["upsample"] = Upsample(channels)
            stages.insert(0, stage)
            width = channels
        self.up = nn.ModuleList(stages)
        self.norm_out = _norm(width)
        self.conv_out = nn.Conv3d(width, 1, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """Image in model units."""
        h = self.conv_in(z)
        for block in self.mid.values():
            h = block(h)
        for stage in reversed(list(self.up)):
            for block in stage["block"]:  # pyright: ignore[reportIndexIssue]
                h = block(h)
            if "upsample" in stage:  # pyright: ignore[reportOperatorIssue]
                h = stage["upsample"](h)  # pyright: ignore[reportIndexIssue]
        return _out(h, self.norm_out, self.conv_out)
