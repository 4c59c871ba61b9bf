"""MS-SPADE (paper eq. 1): source latent -> target-like latent, with gamma and beta of each target.

x = gamma_tar(h) * norm(h) + beta_tar(h); the target image is never needed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.blocks import SwitchedConv
from engine.presets import Preset

_DILATIONS = (1, 2, 4)


def instance_norm(h: Tensor) -> Tensor:
    """(h - mu_c) / sigma_c over the voxels of each channel."""
    return F.instance_norm(h, eps=1e-5)


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
