"""The compact autoencoder: made to be trained and run on two CPU cores.

Where it leaves the paper, and why: no norm (crops meet whole volumes), a space-to-depth stem (nothing is
lost at a fraction of the cost), a convolution at full resolution last (depth-to-space alone leaves a
checkerboard), source features that reach the decoder at half resolution, switched by target, and a draft:
the source seen through the intensity curve of its direction, which the decoder corrects.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.blocks import (
    LightBlock,
    SwitchedConv,
    added,
    by_slices,
    doubled,
    halved,
    joined,
    silent,
    space_to_depth,
)
from engine.presets import AutoencoderShape


class Curves(nn.Module):
    """For every source and target the mean target intensity of each source intensity, linear between knots."""

    TOP = 2.5
    """Model units of the last knot: six standard deviations over the mean."""

    def __init__(self, modalities: int, knots: int) -> None:
        super().__init__()
        line = torch.linspace(0, self.TOP, knots)
        self.values = nn.Parameter(line.expand(modalities, modalities, knots).clone())

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """x (B, 1, ...) in model units, source (B,) int64 -> drafts (B, targets, ...), background 0."""
        knots = self.values.shape[-1]
        place = (x.float() / self.TOP * (knots - 1)).clamp(0, knots - 1).flatten(1)
        low = place.long().clamp(max=knots - 2)
        high, part, tables = low + 1, place - low, self.values.index_select(0, source)
        drafts = [  # one after the other: all at once would take five times the memory
            torch.lerp(torch.gather(table, 1, low), torch.gather(table, 1, high), part) for table in tables.unbind(1)
        ]
        return torch.stack(drafts, dim=1).reshape(x.shape[0], -1, *x.shape[2:]) * (x > 0)


def nothing(skip: Tensor, drafts: Tensor) -> tuple[Tensor, Tensor]:
    """What passes where the source must not: no features, and the brain's mean everywhere as the draft."""
    return torch.zeros_like(skip), torch.ones_like(drafts)


class Surroundings(nn.Module):
    """What lies further around each voxel: down to half the resolution, blocks there, and back. Starts at nothing."""

    def __init__(self, channels: int, inner: int, blocks: int, sources: int) -> None:
        super().__init__()
        self.down = nn.Conv3d(channels, inner, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(LightBlock(inner, sources) for _ in range(blocks))
        self.up = silent(nn.Conv3d(inner, channels, 1))

    def forward(self, h: Tensor, source: Tensor) -> Tensor:
        """(B, channels, i, j, k), sides of any length, and source (B,) int64 -> the same shape."""
        inner = self.down(F.leaky_relu(h, 0.1))
        for block in self.blocks:
            inner = block(inner, source)
        return F.interpolate(self.up(F.leaky_relu(inner, 0.1)), size=h.shape[2:], mode="nearest")


class WayBack(nn.Module):
    """From a quarter of the resolution back to a half: what was seen around reaches the features of the skip."""

    def __init__(self, half: int, quarter: int, sources: int) -> None:
        super().__init__()
        self.at_quarter = LightBlock(quarter, sources)
        self.up = silent(nn.Conv3d(quarter, 8 * half, 1))
        self.at_half = LightBlock(half, sources)

    def forward(self, h: Tensor, skip: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """h (B, quarter, i, j, k), skip (B, half, 2i, 2j, 2k) and source (B,) int64 -> both, looked at again."""
        h = self.at_quarter(h, source)
        skip = added(skip, doubled(F.leaky_relu(h, 0.1), self.up))
        return h, self.at_half(skip, source)


class LightEncoder(nn.Module):
    """Image (B, 1, 4i, 4j, 4k) in model units -> z (B, moments, i, j, k) and skip (B, c, 2i, 2j, 2k).

    The source's modality is known at inference, so the blocks are switched by it. With a width for an eighth of the
    resolution it is a U-Net, whose skip knows what lies around; else skip is what the way down leaves.
    """

    def __init__(self, shape: AutoencoderShape, sources: int) -> None:
        super().__init__()
        _, half, quarter, *eighth = shape.channels
        at_quarter = shape.blocks if eighth else shape.blocks + shape.mid_blocks
        self.stem = SwitchedConv(sources, 8, half, 3)
        self.at_half = nn.ModuleList(LightBlock(half, sources) for _ in range(shape.blocks))
        self.down = nn.Conv3d(8 * half, quarter, 1)
        self.at_quarter = nn.ModuleList(LightBlock(quarter, sources) for _ in range(at_quarter))
        self.around = Surroundings(quarter, eighth[0], shape.mid_blocks, sources) if eighth else None
        self.back = WayBack(half, quarter, sources) if eighth else None
        self.out = nn.Conv3d(quarter, shape.moments, 1)

    def forward(self, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """source (B,) int64. Returns (what z is made of, skip)."""
        skip = self.stem(space_to_depth(x), source)
        for block in self.at_half[:-1]:
            skip = block(skip, source)
        # From here on what leaves the network as the skip is summed up without rounding to 8 bits.
        skip = self.at_half[-1](skip.float(), source)
        h = halved(skip, self.down)
        for block in self.at_quarter:
            h = block(h, source)
        if self.around is not None and self.back is not None:
            h, skip = self.back(h + self.around(h, source), skip, source)
        return self.out(F.leaky_relu(h, 0.1)), skip


class LightDecoder(nn.Module):
    """Latent (B, latent, i, j, k), the source's skip and the target -> image (B, 1, 4i, 4j, 4k)."""

    def __init__(self, shape: AutoencoderShape, targets: int) -> None:
        super().__init__()
        full, half, quarter, *eighth = shape.channels
        blocks = shape.blocks if shape.decoder_blocks is None else shape.decoder_blocks
        at_quarter = blocks if eighth else blocks + shape.mid_blocks
        self.stem = nn.Conv3d(shape.latent, quarter, 3, padding=1)
        self.at_quarter = nn.ModuleList(LightBlock(quarter, targets) for _ in range(at_quarter))
        self.up = nn.Conv3d(quarter, 8 * half, 1)
        self.source = SwitchedConv(targets, half, half, 1)
        self.merge = nn.Conv3d(2 * half + 8, half, 1)
        self.at_half = nn.ModuleList(LightBlock(half, targets) for _ in range(blocks))
        self.up_full = nn.Conv3d(half, 8 * full, 1)
        self.at_full = nn.Conv3d(full, full, 3, padding=1)
        self.out = nn.Conv3d(full + 1, 1, 3, padding=1)
        self.out.weight.data.mul_(0.1)  # start near the draft itself

    def forward(self, z: Tensor, skip: Tensor, drafts: Tensor, target: Tensor) -> Tensor:
        """skip of `LightEncoder` and drafts of `Curves`, or their `nothing`; target (B,) int64."""
        h = self.stem(z)
        for block in self.at_quarter:
            h = block(h, target)
        h = doubled(F.leaky_relu(h, 0.1), self.up)
        passed = F.leaky_relu(self.source(skip, target), 0.1)
        draft = torch.gather(drafts, 1, target[:, None, None, None, None].expand(-1, 1, *drafts.shape[2:]))
        h = self.merge(joined([h, passed, space_to_depth(draft).to(h.dtype)]))
        for block in self.at_half:
            h = block(h, target)
        h = doubled(F.leaky_relu(h, 0.1), self.up_full)
        h = h + self.at_full(F.leaky_relu(h, 0.1))
        return draft + by_slices(joined([F.leaky_relu(h, 0.1), draft.to(h.dtype)]), self.out)
