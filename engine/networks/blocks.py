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
        weight, bias = self.weight.index_select(0, target), self.bias.index_select(0, target)
        padding = weight.shape[-1] // 2
        if h.shape[0] == 1:
            return F.conv3d(h, weight[0], bias[0], padding=padding)
        rows = zip(h.split(1), weight, bias, strict=True)  # faster than one convolution in groups
        return torch.cat([F.conv3d(row, own, shift, padding=padding) for row, own, shift in rows])


class Film(nn.Module):
    """A gain and a shift a channel for every target, behind a convolution; starts as the identity."""

    def __init__(self, targets: int, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(targets, channels))
        self.shift = nn.Parameter(torch.zeros(targets, channels))

    def forward(self, conv: nn.Conv3d, h: Tensor, target: Tensor) -> Tensor:
        """`conv` of h (B, inputs, ...), switched by target (B,) int64 -> (B, channels, ...)."""
        gain, shift = self.gain.index_select(0, target), self.shift.index_select(0, target)
        if h.shape[0] == 1:  # gain and shift of so many weights, not of so many voxels
            assert conv.bias is not None
            weight, bias = conv.weight * gain[0][:, None, None, None, None], conv.bias * gain[0] + shift[0]
            return F.conv3d(h, weight, bias, padding=conv.padding)
        h = conv(h)
        gain, shift = (part[:, :, None, None, None].to(h.dtype) for part in (gain, shift))
        return h * gain + shift


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
        inner = F.leaky_relu(h, 0.1)
        if self.film is not None and target is not None:
            inner = self.film(self.conv1, inner, target)
        else:
            inner = self.conv1(inner)
        return added(h, self.conv2(F.leaky_relu(inner, 0.1)))


def added(h: Tensor, inner: Tensor) -> Tensor:
    """The sum of two of one shape. A bfloat16 is made float32 first: torch adds one to the other in twice the time."""
    mixed = h.dtype == torch.float32 and inner.dtype == torch.bfloat16
    return inner.float().add_(h) if mixed else h + inner


def silent(conv: nn.Conv3d) -> nn.Conv3d:
    """The convolution with weights and bias of 0: what it leads to is added to, by nothing at first."""
    nn.init.zeros_(conv.weight)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv


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


def halved(h: Tensor, conv: nn.Conv3d) -> Tensor:
    """`conv` (1x1x1) of `space_to_depth` of h (B, C, 2i, 2j, 2k), as one convolution of stride 2: nothing is copied."""
    if torch.compiler.is_exporting():  # a graph holds the weights as they are: the exporter would fold what is turned
        return conv(space_to_depth(h))
    weight = conv.weight.reshape(conv.out_channels, -1, 2, 2, 2)
    return F.conv3d(h, weight, conv.bias, stride=2)


def doubled(h: Tensor, conv: nn.Conv3d) -> Tensor:
    """`depth_to_space` of `conv` (1x1x1) of h (B, C, i, j, k): twice the resolution.

    The convolution answers voxel by voxel, so that whole rows of channels are copied.
    """
    if torch.compiler.is_exporting():
        return depth_to_space(conv(h))
    channels = conv.out_channels // 8
    assert conv.bias is not None
    weight = conv.weight.unflatten(0, (channels, 8)).transpose(0, 1).flatten(0, 1)
    h = F.conv3d(h, weight, conv.bias.reshape(channels, 8).t().flatten())
    b, _, i, j, k = h.shape
    h = h.permute(0, 2, 3, 4, 1).reshape(b, i, j, k, 2, 2, 2, channels).permute(0, 1, 4, 2, 5, 3, 6, 7)
    return h.reshape(b, i * 2, j * 2, k * 2, channels).permute(0, 4, 1, 2, 3)


def by_slices(h: Tensor, conv: nn.Conv3d) -> Tensor:
    """`conv` (3x3x3, to one channel) of h (B, C, i, j, k): what each slice gives itself and its neighbours, summed up.

    To oneDNN one output costs as much as sixteen, so three outputs of a third of the taps take a third of the time.
    """
    if torch.is_grad_enabled() or torch.compiler.is_exporting():
        return conv(h)
    assert conv.bias is not None
    before, own, behind = F.conv3d(h, conv.weight[0].transpose(0, 1)[:, :, None], padding=(0, 1, 1)).split(1, dim=1)
    made = own.float() + conv.bias
    made[:, :, 1:] += before[:, :, :-1]
    made[:, :, :-1] += behind[:, :, 1:]
    return made


def joined(parts: list[Tensor]) -> Tensor:
    """Channels of all parts (B, ..., i, j, k) behind each other, and last in memory."""
    return torch.cat([part.permute(0, 2, 3, 4, 1) for part in parts], dim=-1).permute(0, 4, 1, 2, 3)
