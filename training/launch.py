"""Where training runs: processes, devices, nodes, precision. Lightning Fabric starts and connects the processes."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
import torch.distributed as processes
from lightning_fabric import Fabric
from torch import Tensor

from engine.device import computes_half
from engine.errors import RespinError

PRECISIONS = ("auto", "bf16", "32")
STRATEGIES = ("auto", "ddp", "fsdp")
_BUCKET = 1 << 24
"""Gradients that travel together."""


@dataclass(frozen=True)
class Machine:
    """What a run computes on.

    fabric:     the processes and their device
    bf16:       autocast to bfloat16 (the loop does it: Fabric's own mixed precision rounds the images as well)
    recompute:  activations of the blocks are computed anew in the backward pass instead of kept
    sharded:    each process keeps a part of the weights (FSDP) instead of all (DDP)
    """

    fabric: Fabric
    bf16: bool = True
    recompute: bool = False
    sharded: bool = False

    @property
    def world(self) -> int:
        """Processes over all nodes."""
        return self.fabric.world_size

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.fabric.is_global_zero

    @torch.no_grad()
    def mean(self, tensors: list[Tensor]) -> None:
        """Replace tensors by their means over all processes, in place."""
        if self.world == 1:
            return
        self.sum(tensors)
        for tensor in tensors:
            tensor /= self.world

    @torch.no_grad()
    def sum(self, tensors: list[Tensor]) -> None:
        """Replace tensors by their sums over all processes, in place."""
        if self.world == 1:
            return
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.reshape(-1).float() for tensor in bucket])
            processes.all_reduce(flat)
            for tensor, part in zip(bucket, flat.split([t.numel() for t in bucket]), strict=True):
                tensor.copy_(part.reshape(tensor.shape))

    @torch.no_grad()
    def gathered(self, rows: Tensor) -> Tensor:
        """Rows (n, width) of all processes in their order; n may differ."""
        if self.world == 1:
            return rows
        parts: list[Tensor | None] = [None] * self.world
        processes.all_gather_object(parts, rows.cpu())
        return torch.cat([part for part in parts if part is not None]).to(rows.device)

    def wait(self) -> None:
        """Until every process is here."""
        if self.world > 1:
            processes.barrier()

    def any(self, here: bool) -> bool:
        """Whether it is so in some process."""
        if self.world == 1:
            return here
        found = torch.tensor(float(here), device=self.fabric.device)
        processes.all_reduce(found, processes.ReduceOp.MAX)
        return bool(found)


def launch(
    threads: int = 2,
    devices: int = 0,
    nodes: int = 1,
    precision: str = "auto",
    recompute: bool = False,
    strategy: str = "auto",
) -> Machine:
    """Connect the processes of this run. devices: a node; 0: what torchrun or Slurm say, else every GPU, else one CPU.

    precision: "auto": bf16 where the device computes it, else 32
    strategy: "ddp", also where it is "auto": every process holds all weights; "fsdp": each a part of them.
    Under torchrun and Slurm the processes are there already; otherwise Fabric starts the others itself.
    """
    if precision not in PRECISIONS:
        raise RespinError(f"'{precision}' is not a precision; use {', '.join(PRECISIONS)}.")
    if strategy not in STRATEGIES:
        raise RespinError(f"'{strategy}' is not a strategy; use {', '.join(STRATEGIES)}.")
    torch.set_num_threads(threads)
    here = devices or _told() or max(torch.cuda.device_count(), 1)
    fabric = Fabric(
        accelerator="auto",
        devices=here,
        num_nodes=int(os.environ.get("GROUP_WORLD_SIZE", nodes)),
        strategy="ddp" if here * nodes > 1 else "auto",
    )
    fabric.launch()
    if strategy == "fsdp" and fabric.world_size == 1:
        raise RespinError("There is one process, and nobody to share weights with: use --devices, or torchrun.")
    half = computes_half(fabric.device.type) if precision == "auto" else precision == "bf16"
    return Machine(fabric, half, recompute, strategy == "fsdp")


def _told() -> int:
    """Processes a node, as torchrun or Slurm started them; 0 without them."""
    return int(os.environ.get("LOCAL_WORLD_SIZE") or os.environ.get("SLURM_NTASKS_PER_NODE") or 0)


def _buckets(tensors: list[Tensor]) -> list[list[Tensor]]:
    buckets: list[list[Tensor]] = [[]]
    size = 0
    for tensor in tensors:
        if buckets[-1] and size + tensor.numel() > _BUCKET:
            buckets.append([])
            size = 0
        buckets[-1].append(tensor)
        size += tensor.numel()
    return [bucket for bucket in buckets if bucket]
