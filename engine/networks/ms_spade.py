"""MS-SPADE (paper eq. 1): source latent -> target-like latent, with gamma and beta of each target.

x = gamma_tar(h) * norm(h) + beta_tar(h); the target image is never needed.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.blocks import SwitchedConv
from engine.presets import Preset

_DILATIONS = (1, 2, 4)
_HIDDEN = 64
"""Width of the feature that gamma and beta of the paper's SPADE are made from."""


def instance_norm(h: Tensor) -> Tensor:
    """(h - mu_c) / sigma_c over the voxels of each channel.

    As a group norm of one channel a group: for one sample, torch 2.13's `F.instance_norm` gives wrong gradients where
    the next one's memory is channels last.
    """
    return F.group_norm(h, h.shape[1], eps=1e-5)


def voxel_norm(h: Tensor) -> Tensor:
    """Mean 0 and variance 1 over the channels of each voxel: the same on a crop as on the whole."""
    wide = h.float()
    centred = wide - wide.mean(1, keepdim=True)
    return (centred * torch.rsqrt(centred.square().mean(1, keepdim=True) + 1e-5)).to(h.dtype)


class BoundedSpade(nn.Module):
    """Gamma and beta are one switched convolution of the normalised feature; gamma = 1 + tanh cannot explode."""

    def __init__(self, targets: int, channels: int, kernel: int, norm: str) -> None:
        super().__init__()
        self.norm = instance_norm if norm == "instance" else voxel_norm
        self.modulation = SwitchedConv(targets, channels, 2 * channels, kernel, zero=True)

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """(B, channels, ...) and target (B,) int64 -> the same shape."""
        normal = self.norm(h)
        gamma, beta = self.modulation(normal, target).chunk(2, dim=1)
        return (1 + torch.tanh(gamma)) * normal + beta


class LightSpadeBlock(nn.Module):
    """SPADE, activation, dilated convolution; SPADE, activation, convolution; residual."""

    def __init__(self, targets: int, channels: int, kernel: int, norm: str, dilation: int) -> None:
        super().__init__()
        self.spade1 = BoundedSpade(targets, channels, kernel, norm)
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.spade2 = BoundedSpade(targets, channels, kernel, norm)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        nn.init.normal_(self.conv2.weight, std=1e-3)

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """(B, channels, ...) -> the same shape."""
        inner = self.conv1(F.leaky_relu(self.spade1(h, target), 0.1))
        return h + self.conv2(F.leaky_relu(self.spade2(inner, target), 0.1))


class LightMSSpade(nn.Module):
    """Ours: bounded modulation, dilations 1, 2, 4 in turn, and the source latent passes through."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        shape, latent, targets = preset.spade, preset.autoencoder.latent, len(preset.modalities)
        width = shape.channels[0]
        self.stem = nn.Conv3d(latent, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            LightSpadeBlock(targets, width, shape.kernel, shape.norm, _DILATIONS[n % 3])
            for n in range(len(shape.channels))
        )
        self.out = SwitchedConv(targets, width, latent, 1, zero=True)

    def forward(self, z: Tensor, target: Tensor) -> Tensor:
        """z_source (B, latent, i, j, k), target (B,) int64 -> z_prior, the same shape."""
        h = self.stem(z)
        for block in self.blocks:
            h = block(h, target)
        return z + self.out(F.leaky_relu(h, 0.1), target)


class Spade(nn.Module):
    """The paper's: gamma and beta are convolutions of the block's own input, with weights of each target."""

    def __init__(self, targets: int, channels: int, kernel: int) -> None:
        super().__init__()
        self.mlp_shared = SwitchedConv(targets, channels, _HIDDEN, kernel)
        self.mlp_gamma = SwitchedConv(targets, _HIDDEN, channels, kernel)
        self.mlp_beta = SwitchedConv(targets, _HIDDEN, channels, kernel)

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """(B, channels, ...) and target (B,) int64 -> the same shape."""
        hidden = F.relu(self.mlp_shared(h, target))
        return instance_norm(h) * (1 + self.mlp_gamma(hidden, target)) + self.mlp_beta(hidden, target)


def _shortcut(inputs: int, outputs: int) -> nn.Module:
    return nn.Identity() if inputs == outputs else nn.Conv3d(inputs, outputs, 1, bias=False)


class ReleasedSpadeBlock(nn.Module):
    """SPADE, activation, convolution; twice; residual. Names follow the authors' checkpoints."""

    def __init__(self, targets: int, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        middle = min(inputs, outputs)
        self.norm_0 = Spade(targets, inputs, kernel)
        self.conv_0 = nn.Conv3d(inputs, middle, 3, padding=1)
        self.norm_1 = Spade(targets, middle, kernel)
        self.conv_1 = nn.Conv3d(middle, outputs, 3, padding=1)
        self.conv_s = _shortcut(inputs, outputs)

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """h (B, inputs, ...), target (B,) int64 -> (B, outputs, ...)."""
        inner = self.conv_0(F.leaky_relu(self.norm_0(h, target), 0.2))
        inner = self.conv_1(F.leaky_relu(self.norm_1(inner, target), 0.2))
        return self.conv_s(h) + inner


class ReleasedMSSpade(nn.Module):
    """The authors' code: blocks alone, from the latent through the widths of the preset and back."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        shape, latent, targets = preset.spade, preset.autoencoder.latent, len(preset.modalities)
        self.block = nn.ModuleList(
            ReleasedSpadeBlock(targets, inputs, outputs, shape.kernel)
            for inputs, outputs in pairwise((latent, *shape.channels, latent))
        )

    def forward(self, z: Tensor, target: Tensor) -> Tensor:
        """z_source (B, latent, i, j, k), target (B,) int64 -> z_prior, the same shape."""
        for block in self.block:
            z = block(z, target)
        return z


class TableBlock(nn.Module):
    """A row of table B: convolution, ReLU, norm; twice; residual. The norm is MS-SPADE where the block is switched."""

    def __init__(self, inputs: int, outputs: int, kernel: int, targets: int | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv3d(outputs, outputs, 3, padding=1)
        self.switched = targets is not None
        if targets is not None:
            self.spade1 = Spade(targets, outputs, kernel)
            self.spade2 = Spade(targets, outputs, kernel)
        self.shortcut = _shortcut(inputs, outputs)

    def forward(self, h: Tensor, target: Tensor) -> Tensor:
        """h (B, inputs, ...), target (B,) int64 -> (B, outputs, ...)."""
        inner = F.relu(self.conv1(h))
        inner = F.relu(self.conv2(self.spade1(inner, target) if self.switched else instance_norm(inner)))
        return self.shortcut(h) + (self.spade2(inner, target) if self.switched else instance_norm(inner))


class TableMSSpade(nn.Module):
    """The paper's table B: In, two residual blocks, switched blocks, Out."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        shape, latent, targets = preset.spade, preset.autoencoder.latent, len(preset.modalities)
        widths = list(pairwise(shape.channels))
        self.stem = nn.Conv3d(latent, shape.channels[0], 7, padding=3)
        self.plain = nn.ModuleList(TableBlock(*width, shape.kernel) for width in widths[:2])
        self.switched = nn.ModuleList(TableBlock(*width, shape.kernel, targets) for width in widths[2:])
        self.out = nn.Conv3d(shape.channels[-1], latent, 7, padding=3)

    def forward(self, z: Tensor, target: Tensor) -> Tensor:
        """z_source (B, latent, i, j, k), target (B,) int64 -> z_prior, the same shape."""
        h = F.relu(instance_norm(self.stem(z)))
        for block in (*self.plain, *self.switched):
            h = block(h, target)
        return self.out(h)
