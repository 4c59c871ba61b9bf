"""FSDP: each process keeps a part of every block's weights, gradients and moments, and borrows the rest to compute.

Only the residual blocks are shared out; they hold nearly all weights. The rest is whole in every process, as without
sharding: the codebook, which no gradient need move, and the last convolution, whose gradient the adversary's weight
asks for in the middle of a step. Blocks are few and long to compute, so each one borrows by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from training.launch import Machine
from training.recompute import blocks_of


def share_out(networks: nn.Module, mesh: DeviceMesh) -> int:
    """Share out every block of these networks; returns how many there are. Names of weights stay."""
    found = blocks_of(networks)
    for block in reversed(found):  # inner ones first
        fully_shard(block, mesh=mesh, reshard_after_forward=True)
    return len(found)


def local(tensor: Tensor) -> Tensor:
    """What this process holds of a tensor: a part of one that is shared out, else all."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(state: Any, keep: bool = True) -> Any:
    """A state with every shared tensor put together on the CPU. All processes must ask; `keep`: this one needs it."""
    if isinstance(state, dict):
        return {name: whole(value, keep) for name, value in state.items()}
    if isinstance(state, list):
        return [whole(value, keep) for value in state]
    if isinstance(state, DTensor):
        full = state.full_tensor()
        return full.cpu() if keep else None
    return state


def load(module: nn.Module, state: dict[str, Tensor]) -> None:
    """Load whole weights; of what is shared out, this process takes its part."""
    own = module.state_dict()
    module.load_state_dict({name: _as(own[name], value) if name in own else value for name, value in state.items()})


def load_moments(optimizer: Optimizer, state: dict[str, Any]) -> None:
    """Load an optimizer's whole state in the same way; how it computes stays as this run needs it."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    parts = {
        number: {name: _as(parameters[number], value) for name, value in moments.items()}
        for number, moments in state["state"].items()
    }
    each = [group.get("foreach") for group in optimizer.param_groups]
    optimizer.load_state_dict(state | {"state": parts})
    for group, value in zip(optimizer.param_groups, each, strict=True):
        if "foreach" in group:
            group["foreach"] = value


def _as(own: Tensor, value: Any) -> Any:
    if not isinstance(own, DTensor) or not isinstance(value, Tensor) or value.shape != own.shape:
        return value
    there = value.to(own.device_mesh.device_type)
    return distribute_tensor(there, own.device_mesh, own.placements, src_data_rank=None)


def clip(parameters: Iterable[Parameter], limit: float, machine: Machine) -> Tensor:
    """Shorten the gradient to `limit`; returns its length over the parts of all processes."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    parts = [local(g) for g in gradients if isinstance(g, DTensor)]
    rest = [g for g in gradients if not isinstance(g, DTensor)]
    squares = torch.stack([part.square().sum() for part in parts]).sum()
    machine.sum([squares])
    length = (squares + torch.stack([g.square().sum() for g in rest]).sum()).sqrt()
    factor = (limit / (length + 1e-6)).clamp(max=1)
    for gradient in [*parts, *rest]:
        gradient.mul_(factor)
    return length
