"""Convolutions over very few voxels, whose gradients processors get wrong in bfloat16.

oneDNN (torch 2.13) reads memory that nobody wrote where a 3x3x3 convolution of bfloat16 looks at two slices:
the gradient of its weights is then anything, and another at each run. Three slices, or one, are right. A crop of 16 is
two slices thick at an eighth of the resolution.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class ExactWhereThin(TorchFunctionMode):
    """While it is entered such convolutions run in float32, whatever autocast says; a backward pass belongs inside."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What torch asks of every function."""
        kwargs = kwargs or {}
        if func is not F.conv3d or not _is_thin(args[0], args[1]):
            return func(*args, **kwargs)
        with torch.autocast(args[0].device.type, enabled=False):
            return func(*(arg.float() if isinstance(arg, Tensor) else arg for arg in args), **kwargs)


def _is_thin(h: Tensor, weight: Tensor) -> bool:
    """A slice less than the kernel (B, C, i, j, k), on a processor."""
    return h.device.type == "cpu" and h.shape[2] == weight.shape[2] - 1 > 1
