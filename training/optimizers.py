"""What moves the weights of one part of a stage: AdamW, or Muon for the convolutions and AdamW for the rest.

Muon (Jordan 2024) turns a convolution's momentum into the nearest orthogonal matrix, so that rare directions learn as
fast as frequent ones; at equal steps it is well ahead of AdamW on these networks (docs/experiments.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from engine.errors import RespinError
from training.recipes import Recipe
from training.sharding import load_moments

_CONVOLUTION = 5
"""Dimensions of a convolution's weight; one that is switched has targets in front, and stays with AdamW."""


class PartOptimizer:
    """The optimizers of one part, as one. The rate is that of AdamW: Muon's moves are scaled to the same size."""

    def __init__(self, parameters: Sequence[Parameter], recipe: Recipe, sharded: bool) -> None:
        if sharded and recipe.optimizer == "muon":
            raise RespinError("Muon needs whole weights: with --strategy fsdp say --set optimizer=adamw.")
        muon = recipe.optimizer == "muon"
        self.turned = [(p, _as_matrix(p)) for p in parameters if muon and p.ndim == _CONVOLUTION]
        others = [p for p in parameters if not muon or p.ndim != _CONVOLUTION]
        each = False if sharded else None  # torch's lists cannot mix parts with whole tensors
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adamw": torch.optim.AdamW(others, lr=recipe.rate, betas=(0.9, 0.99), weight_decay=1e-4, foreach=each)
        }
        if self.turned:
            matrices = [matrix for _, matrix in self.turned]
            self.optimizers["muon"] = torch.optim.Muon(
                matrices, lr=recipe.rate, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
            )

    def step(self, rate: float) -> None:
        """Move the weights by their gradients."""
        for parameter, matrix in self.turned:
            matrix.grad = None if parameter.grad is None else _rows(parameter.grad)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """Moments by the optimizer's name."""
        return {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse; also of checkpoints from before Muon, which hold AdamW's moments alone."""
        moments = state if "adamw" in state else {"adamw": state}
        if set(moments) != set(self.optimizers):
            raise RespinError("This run was trained by another optimizer: give --set optimizer= as it was begun.")
        for name, optimizer in self.optimizers.items():
            load_moments(optimizer, moments[name])

    def __iter__(self) -> Iterator[torch.optim.Optimizer]:
        """AdamW, then Muon."""
        return iter(self.optimizers.values())


def _rows(weight: Tensor) -> Tensor:
    """(outputs, inputs, i, j, k) -> (outputs, i * j * k * inputs): no copy where channels lie last in memory."""
    return weight.permute(0, 2, 3, 4, 1).flatten(1)


def _as_matrix(weight: Parameter) -> Parameter:
    """The weight as a matrix in the same memory."""
    matrix = Parameter(_rows(weight.data))
    if matrix.data_ptr() != weight.data_ptr():
        raise ValueError("Muon needs weights whose channels lie last in memory")
    return matrix
