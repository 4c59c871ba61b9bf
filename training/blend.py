"""The mean of the weights of several runs: those that part late lie in one valley, and its middle is lower.

After Izmailov et al. 2018 and Wortsman et al. 2022 ("model soups").
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import RespinError
from training import checkpoint


def blend(trained: Sequence[Path], run: Path) -> None:
    """Write stage 1 of `run`: the mean of the averaged weights of `trained`, all else as in the last of them."""
    there = run / "autoencoder"
    if there.exists():
        raise RespinError(f"{there} is there already: give another --run.")
    states = [checkpoint.load(folder / "autoencoder" / "state.pt") for folder in trained]
    mean = mean_of([state["average"] for state in states])
    shutil.copytree(trained[-1] / "autoencoder", there)
    checkpoint.save(there / "state.pt", states[-1] | {"average": mean})


def mean_of(weights: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of state dicts of one shape; what is not a number with a fraction is the last one's."""
    first = {name: tensor.shape for name, tensor in weights[0].items()}
    if any({name: tensor.shape for name, tensor in each.items()} != first for each in weights[1:]):
        raise RespinError("These runs have networks of different shapes: only weights of one shape have a mean.")
    last = weights[-1]
    return {
        name: torch.stack([each[name] for each in weights]).mean(0) if torch.is_floating_point(tensor) else tensor
        for name, tensor in last.items()
    }
