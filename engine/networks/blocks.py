"""Pieces that several networks share."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks import slabs


class SwitchedConv(nn.Module):
    """A convolution with weights of its own for every target.

    The weights are stacked and chosen by `index_select`, so that one traced graph serves all targets.
    """

    def __init__(self, targets: int, inputs: int, outputs: int, kernel: int, zero: bool = False) -> None:
        super().__init__()
        stacked = torch.stack([nn.Conv3d(inputs, outputs, kernel).weight.detach() for _ in range(targets)])
        self.weight = nn.Parameter(torch.zeros_like(stacked) if zero else stacked)
        self.bias = nn.Parameter(torch.zeros(targets, outputs))

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """h (B, inputs, ...) and target (B,) int64 -> (B, outputs, ...)."""
        batch = h.shape[0]
        weight = self.weight.index_select(0, target)
        bias = self.bias.index_select(0, target)
        padding = weight.shape[-1] // 2
        if batch == 1:
            return F.conv3d(h, weight[0], bias[0], padding=padding)
        grouped = h.reshape(1, -1, *h.shape[2:])
        out = F.conv3d(grouped, weight.flatten(0, 1), bias.flatten(), padding=padding, groups=batch)
        return out.reshape(batch, -1, *h.shape[2:])


class Film(nn.Module):
    """A gain and a shift a channel for every target; starts as the identity."""

    def __init__(self, targets: int, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(targets, channels))
        self.shift = nn.Parameter(torch.zeros(targets, channels))

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """h (B, channels, ...) and target (B,) int64 -> the same shape."""
        gain = self.gain.index_select(0, target)[:, :, None, None, None]
        shift = self.shift.index_select(0, target)[:, :, None, None, None]
        return h * gain.to(h.dtype) + shift.to(h.dtype)


class LightBlock(nn.Module):
    """A residual block without normalisation: a crop sees what the whole volume sees. Starts near the identity."""

    def __init__(self, channels: int, targets: int | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        self.film = None if targets is None else Film(targets, channels)
        self.conv2.weight.data.mul_(0.3)

    def forward(self, h: Tensor, target: Tensor | None = None) -> Tensor:
        """(B, channels, ...) -> the same shape; `target` (B,) where the block is switched."""
        inner = self.conv1(F.leaky_relu(h, 0.1))
        if self.film is not None and target is not None:
            inner = self.film(inner, target)
        return h + self.conv2(F.leaky_relu(inner, 0.1))


class Upsample(nn.Module):
    """Nearest neighbour twice, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, channels, 3, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        """(B, C, i, j, k) -> (B, C, 2i, 2j, 2k)."""
        if slabs.wanted(h, 8):
            return slabs.up_conv(h, self.conv)
        return self.conv(F.interpolate(h, scale_factor=2.0, mode="nearest"))


def continued(h: Tensor, fold: int) -> Tensor:
    """(B, C, i, j, k) -> the same with sides that are multiples of `fold`: the last voxels are repeated."""
    sides = h.shape[2:]
    if all(side % fold == 0 for side in sides):
        return h
    return F.pad(h, [room for side in reversed(sides) for room in (0, -side % fold)], mode="replicate")


def space_to_depth(x: Tensor) -> Tensor:
    """(B, C, 2i, 2j, 2k) -> (B, 8C, i, j, k): nothing is lost, half the resolution. Channels lie last in memory."""
    b, c, i, j, k = x.shape
    x = x.reshape(b, c, i // 2, 2, j // 2, 2, k // 2, 2).permute(0, 2, 4, 6, 1, 3, 5, 7)
    return x.reshape(b, i // 2, j // 2, k // 2, c * 8).permute(0, 4, 1, 2, 3)


def depth_to_space(x: Tensor) -> Tensor:
    """(B, 8C, i, j, k) -> (B, C, 2i, 2j, 2k): the inverse of `space_to_depth`. Channels lie last in memory."""
    b, c, i, j, k = x.shape
    x = x.reshape(b, c // 8, 2, 2, 2, i, j, k).permute(0, 5, 2, 6, 3, 7, 4, 1)
    return x.reshape(b, i * 2, j * 2, k * 2, c // 8).permute(0, 4, 1, 2, 3)
