"""The denoiser eps_theta(z_t, condition, t, y) of paper eq. 4.

Names of submodules follow the authors' checkpoints (which follow the U-Net of Dhariwal and Nichol 2021).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.attention import AttentionBlock, LatentTransformer, Transformer
from engine.networks.blocks import Upsample, continued
from engine.presets import Preset, UNetShape


def timestep_embedding(t: Tensor, channels: int) -> Tensor:
    """t (B,) -> (B, channels): cat[cos, sin] of t over wavelengths up to 10000."""
    half = channels // 2
    rates = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
    angles = t[:, None].float() * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class VoxelNorm(nn.Module):
    """Mean 0 and variance 1 over the channels of each voxel, then a gain and a shift a channel.

    Unlike group norm it gives the same on a crop as on the whole volume.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, h: Tensor) -> Tensor:
        """(B, channels, ...) -> the same shape."""
        last = F.layer_norm(h.movedim(1, -1), self.weight.shape, self.weight, self.bias, 1e-5)
        return last.movedim(-1, 1)


def _norm(channels: int, kind: str = "group") -> nn.Module:
    return nn.GroupNorm(32, channels, eps=1e-5) if kind == "group" else VoxelNorm(channels)


class ResBlock(nn.Module):
    """norm, SiLU, conv; the embedding added; norm, SiLU, conv; residual."""

    def __init__(self, inputs: int, outputs: int, embedding: int, norm: str) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(_norm(inputs, norm), nn.SiLU(), nn.Conv3d(inputs, outputs, 3, padding=1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(embedding, outputs))
        self.out_layers = nn.Sequential(
            _norm(outputs, norm), nn.SiLU(), nn.Dropout(0.0), nn.Conv3d(outputs, outputs, 3, padding=1)
        )
        nn.init.zeros_(self.out_layers[3].weight)  # pyright: ignore[reportArgumentType]
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv3d(inputs, outputs, 1)

    def forward(self, h: Tensor, embedding: Tensor) -> Tensor:
        """h (B, inputs, ...), embedding (B, e) -> (B, outputs, ...)."""
        inner = self.in_layers(h) + self.emb_layers(embedding)[:, :, None, None, None]
        return self.skip_connection(h) + self.out_layers(inner)


class Down(nn.Module):
    """Stride-2 convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = nn.Conv3d(channels, channels, 3, stride=2, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        """(B, C, i, j, k) -> (B, C, ceil(i/2), ...)."""
        return self.op(h)


class UNet(nn.Module):
    """eps_theta (or v, or z_target: `UNetShape.predicts`)."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        shape, latent, classes = preset.unet, preset.autoencoder.latent, len(preset.modalities)
        base, embedding = shape.channels[0], 4 * shape.channels[0]
        self.classes, self.base, self.levels = classes, base, len(shape.channels)
        self.time_embed = nn.Sequential(nn.Linear(base, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        if shape.conditioning != "cross_attention":
            self.label_emb = nn.Embedding(classes, embedding)
        joined = latent * {"none": 1, "prior": 2, "prior+source": 3}[shape.concat]
        self.input_blocks, widths = _descent(shape, joined, classes, embedding)
        top = shape.channels[-1]
        self.middle_block = nn.ModuleList(
            [
                ResBlock(top, top, embedding, shape.norm),
                *_attention(shape, top, classes),
                ResBlock(top, top, embedding, shape.norm),
            ]
        )
        self.output_blocks = _ascent(shape, widths, classes, embedding)
        self.out = nn.Sequential(_norm(base, shape.norm), nn.SiLU(), nn.Conv3d(base, latent, 3, padding=1))

    def forward(self, z_t: Tensor, condition: Tensor, t: Tensor, target: Tensor) -> Tensor:
        """z_t (B, latent, i, j, k), condition (B, ...) joined to it, t (B,), target (B,) int64 -> like z_t.

        Sides that are not multiples of 2 ** (levels - 1) are continued by their last voxels meanwhile.
        """
        embedding = self.time_embed(timestep_embedding(t, self.base))
        if hasattr(self, "label_emb"):
            embedding = embedding + self.label_emb(target)
        y = F.one_hot(target, self.classes).to(embedding.dtype)
        h = torch.cat([z_t, condition], dim=1)
        kept: list[Tensor] = []
        sides, h = h.shape[2:], continued(h, 2 ** (self.levels - 1))
        for block in self.input_blocks:
            h = _run(block, h, embedding, y)
            kept.append(h)
        h = _run(self.middle_block, h, embedding, y)
        for block in self.output_blocks:
            h = _run(block, torch.cat([h, kept.pop()], dim=1), embedding, y)
        return self.out(h)[:, :, : sides[0], : sides[1], : sides[2]]


def condition_of(concat: str, prior: Tensor, source: Tensor) -> Tensor:
    """What is joined to z_t (`UNetShape.concat`), from latents of the same shape (B, latent, i, j, k)."""
    if concat == "none":
        return prior[:, :0]
    return torch.cat([source, prior], dim=1) if concat == "prior+source" else prior


def _run(block: nn.Module, h: Tensor, embedding: Tensor, y: Tensor) -> Tensor:
    for layer in block.children():
        if isinstance(layer, ResBlock):
            h = layer(h, embedding)
        elif isinstance(layer, (Transformer, LatentTransformer)):
            h = layer(h, y)
        else:
            h = layer(h)
    return h


def _attention(shape: UNetShape, channels: int, classes: int) -> list[nn.Module]:
    if shape.conditioning == "class_embedding":
        return [AttentionBlock(channels, shape.head)] if shape.self_attention else []
    if shape.transformer == "ldm":
        return [LatentTransformer(channels, classes, shape.head)]
    return [Transformer(channels, classes, shape.head, shape.self_attention)]


def _descent(shape: UNetShape, inputs: int, classes: int, embedding: int) -> tuple[nn.ModuleList, list[int]]:
    blocks = nn.ModuleList([nn.ModuleList([nn.Conv3d(inputs, shape.channels[0], 3, padding=1)])])
    widths, width = [shape.channels[0]], shape.channels[0]
    for level, channels in enumerate(shape.channels):
        for _ in range(shape.blocks):
            layers: list[nn.Module] = [ResBlock(width, channels, embedding, shape.norm)]
            width = channels
            if level in shape.attention:
                layers += _attention(shape, width, classes)
            blocks.append(nn.ModuleList(layers))
            widths.append(width)
        if level < len(shape.channels) - 1:
            blocks.append(nn.ModuleList([Down(width)]))
            widths.append(width)
    return blocks, widths


def _ascent(shape: UNetShape, widths: list[int], classes: int, embedding: int) -> nn.ModuleList:
    blocks, width, widths = nn.ModuleList(), shape.channels[-1], list(widths)
    for level, channels in reversed(list(enumerate(shape.channels))):
        for n in range(shape.blocks + 1):
            layers: list[nn.Module] = [ResBlock(width + widths.pop(), channels, embedding, shape.norm)]
            width = channels
            if level in shape.attention:
                layers += _attention(shape, width, classes)
            if level > 0 and n == shape.blocks:
                layers.append(Upsample(width))
            blocks.append(nn.ModuleList(layers))
    return blocks
