"""Layers over large volumes, slab by slab along the first axis: the same numbers in a fraction of the memory.

A convolution is given the rows beside its slab, so that no row is computed twice; a group norm has its statistics over
the whole volume first. Only at inference: training works on crops, and its gradients need every layer whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LARGEST = 1 << 22
"""Numbers in a slab, and in a tensor that is still worked on whole: 16 MB, as glibc gives 32 MB back each time."""


def wanted(h: Tensor, times: int = 1) -> bool:
    """Whether h (B, C, i, j, k), or what becomes of it with so many times its numbers, is worked on slab by slab."""
    return h.numel() * times > LARGEST and not torch.is_grad_enabled() and not torch.compiler.is_exporting()


def norm_silu_conv(h: Tensor, norm: nn.GroupNorm, conv: nn.Conv3d, onto: Tensor | None = None) -> Tensor:
    """conv(silu(norm(h))) for a kernel of 3 and a padding of 1; added to `onto` in its place where it is given."""
    gain, shift = _affine(h, norm)
    out = _like(h, conv.out_channels, h.shape[2]) if onto is None else onto
    for start, stop in _slabs(h, h.shape[2]):
        low, high = max(start - 1, 0), min(stop + 1, h.shape[2])
        part = F.silu(torch.addcmul(shift, h[:, :, low:high].float(), gain)).to(h.dtype)
        made = _convolved(F.pad(part, (0, 0, 0, 0, low - start + 1, stop + 1 - high)), conv)
        if onto is None:
            out[:, :, start:stop] = made
        else:
            out[:, :, start:stop] += made
    return out


def up_conv(h: Tensor, conv: nn.Conv3d) -> Tensor:
    """(B, C, i, j, k) -> (B, C, 2i, 2j, 2k): nearest neighbour twice, then the convolution."""
    depth = h.shape[2]
    out = _like(h, conv.out_channels, 2 * depth, 2)
    for start, stop in _slabs(out, depth, 2):
        low, high = max(start - 1, 0), min(stop + 1, depth)
        part = F.interpolate(h[:, :, low:high], scale_factor=2.0, mode="nearest")
        first, last = 2 * (start - low) - 1, 2 * (high - stop) - 1  # rows too many; -1: one of padding is missing
        out[:, :, 2 * start : 2 * stop] = _convolved(F.pad(part, (0, 0, 0, 0, -first, -last)), conv)
    return out


def down_conv(h: Tensor, conv: nn.Conv3d) -> Tensor:
    """(B, C, 2i, 2j, 2k) -> (B, C, i, j, k): stride 2 after one voxel of padding at the far end of each axis."""
    parts: list[Tensor] = []
    for start, stop in _slabs(h, h.shape[2] // 2, 2):
        part = h[:, :, 2 * start : 2 * stop + 1]
        padding = (0, 1, 0, 1, 0, 2 * (stop - start) + 1 - part.shape[2])
        parts.append(F.conv3d(F.pad(part, padding), conv.weight, conv.bias, stride=2))
    return torch.cat(parts, dim=2)


def _convolved(part: Tensor, conv: nn.Conv3d) -> Tensor:
    return F.conv3d(part, conv.weight, conv.bias, padding=(0, 1, 1))


def _like(h: Tensor, channels: int, depth: int, factor: int = 1) -> Tensor:
    """An empty result of a convolution of h, channels last in memory."""
    dtype = torch.get_autocast_dtype(h.device.type) if torch.is_autocast_enabled(h.device.type) else h.dtype
    shape = (h.shape[0], channels, depth, h.shape[3] * factor, h.shape[4] * factor)
    return torch.empty(shape, dtype=dtype, device=h.device, memory_format=torch.channels_last_3d)


def _slabs(h: Tensor, rows: int, factor: int = 1) -> Iterator[tuple[int, int]]:
    """From where to where; h has `factor` rows for each of these."""
    thick = max(LARGEST // (factor * h[:, :, 0].numel()), 1)
    for start in range(0, rows, thick):
        yield start, min(start + thick, rows)


def _affine(h: Tensor, norm: nn.GroupNorm) -> tuple[Tensor, Tensor]:
    """Gain and shift (B, C, 1, 1, 1) that are the norm of h, its statistics taken in two passes over slabs."""
    batch, channels = h.shape[:2]
    count = h.numel() / batch / norm.num_groups

    def spread(mean: Tensor | None) -> Tensor:
        total = torch.zeros(batch, norm.num_groups, dtype=torch.float64, device=h.device)
        for start, stop in _slabs(h, h.shape[2]):
            part = h[:, :, start:stop].float()
            if mean is not None:
                part = (part - mean).square_()
            total += part.sum((2, 3, 4)).double().reshape(batch, norm.num_groups, -1).sum(2)
        return total / count

    def each(of_group: Tensor) -> Tensor:
        return of_group.float().repeat_interleave(channels // norm.num_groups, 1)[:, :, None, None, None]

    mean = each(spread(None))
    gain = torch.rsqrt(each(spread(mean)) + norm.eps) * norm.weight[:, None, None, None]
    return gain, norm.bias[:, None, None, None] - mean * gain
