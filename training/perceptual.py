"""Perceptual loss of stage 1: distance of features instead of voxels (Johnson et al. 2016).

Two choices, neither of which downloads anything: fixed 3-D features with random weights, drawn from a seed (random
convolutions keep much of what makes the loss work: Liu et al. 2021, "A generic perceptual loss"), or the slices of
the three planes seen by a VGG-16 whose weights lie in a local file ("2.5-D").
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.errors import RespinError

_SEED = 20231107
_VGG16 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512)
"""Widths of the convolutions; 0 halves the resolution. Features are compared before each halving and at the end."""


class FixedFeatures(nn.Module):
    """Image (B, 1, i, j, k) -> features at three resolutions, by convolutions that never learn."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64)) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(_SEED)
        self.levels = nn.ModuleList()
        for inputs, outputs in zip((1, *widths), widths, strict=False):
            conv = nn.Conv3d(inputs, outputs, 3, padding=1)
            conv.weight.data.normal_(0, (2 / (27 * inputs)) ** 0.5, generator=generator)
            conv.bias = None
            self.levels.append(conv)

    def forward(self, x: Tensor) -> list[Tensor]:
        """x in model units."""
        features: list[Tensor] = []
        for level, conv in enumerate(self.levels):
            x = F.relu(conv(F.avg_pool3d(x, 2) if level else x))
            features.append(x)
        return features


class SliceFeatures(nn.Module):
    """Image (B, 1, i, j, k) -> VGG-16 features of its middle and of one in four other slices, in all three planes."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        inputs = 3
        for width in _VGG16:
            self.layers.append(nn.Conv2d(inputs, width, 3, padding=1) if width else nn.MaxPool2d(2, ceil_mode=True))
            inputs = width or inputs
        self._load(weights)

    def _load(self, path: Path) -> None:
        """torchvision's VGG-16 state dict: the convolutions of "features", in turn."""
        try:
            found = cast("dict[str, Tensor]", torch.load(path, map_location="cpu", weights_only=True))
        except (OSError, RuntimeError, ValueError, pickle.UnpicklingError) as reason:
            raise RespinError(f"{path.name} cannot be read as the weights of a VGG-16: use a state dict.") from reason
        features = {name: value for name, value in found.items() if name.startswith("features.")}
        kernels = [value for name, value in features.items() if name.endswith(".weight")]
        biases = [value for name, value in features.items() if name.endswith(".bias")]
        convolutions = [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]
        if [k.shape for k in kernels] != [c.weight.shape for c in convolutions]:
            raise RespinError(f"{path.name} is no VGG-16: expected the state dict that torchvision saves.")
        for conv, kernel, bias in zip(convolutions, kernels, biases, strict=True):
            conv.weight.data.copy_(kernel)
            assert conv.bias is not None
            conv.bias.data.copy_(bias)

    def forward(self, x: Tensor) -> list[Tensor]:
        """x in model units; its grey is shown to all three colours."""
        features: list[Tensor] = []
        for plane in (2, 3, 4):
            first = x.shape[plane] // 2 % 4
            slices = x.movedim(plane, 1)[:, first::4].flatten(0, 1)
            h = slices.expand(-1, 3, -1, -1)
            for layer in self.layers:
                if isinstance(layer, nn.MaxPool2d):
                    features.append(h)
                    h = layer(h)
                else:
                    h = F.relu(layer(h))
            features.append(h)
        return features


def features_of(weights: str) -> nn.Module:
    """The network that sees: of a VGG-16 state dict at this path, or fixed random ones where it is empty."""
    network = SliceFeatures(Path(weights)) if weights else FixedFeatures()
    return network.eval().requires_grad_(False)


def perceptual(features: nn.Module, image: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute difference of features, each level scaled by its own mean size; images (B, 1, i, j, k)."""
    made, real = features(image * mask), features(truth * mask)
    levels = [
        (a.float() - b.float()).abs().mean() / b.float().abs().mean().clamp(min=1e-6)
        for a, b in zip(made, real, strict=True)
    ]
    return torch.stack(levels).mean()
