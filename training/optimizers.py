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

from engine.device import computes_half
from engine.errors import RespinError
from training.recipes import Recipe
from training.sharding import load_moments

_CONVOLUTION = 5
"""Dimensions of a convolution's weight; one that is switched has targets in front, and stays with AdamW."""


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; moves as large as AdamW's: 0.2 sqrt(longer side) (Liu 2025).

    Like `torch.optim.Muon`, which computes in bfloat16 on every processor: on one that only emulates it that takes as
    long as all the rest of a step.
    """

    def __init__(self, matrices: Sequence[Parameter], rate: float, momentum: float = 0.95) -> None:
        super().__init__(matrices, {"lr": rate, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(matrix)
                kept = state["momentum_buffer"].lerp_(matrix.grad, 1 - group["momentum"])
                turned = orthogonal(matrix.grad.lerp(kept, group["momentum"]))
                matrix.add_(turned, alpha=-0.2 * group["lr"] * max(matrix.shape) ** 0.5)


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """(rows, columns) -> the same with all singular values near 1, by Newton and Schulz's iteration (Jordan 2024)."""
    x = matrix.bfloat16() if computes_half(matrix.device.type) else matrix
    x = x.T if x.shape[0] > x.shape[1] else x
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return (x.T if matrix.shape[0] > matrix.shape[1] else x).to(matrix.dtype)


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
            self.optimizers["muon"] = Muon(matrices, recipe.rate)

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
