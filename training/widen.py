"""A trained model as the start of a wider and deeper one: what it has learnt stays, what is new adds nothing at first.

The model is a run, or a bundle, whose run nobody need have kept. After Net2Net (Chen, Goodfellow and Shlens 2016),
with fresh features instead of copies in the new channels. For the autoencoder of family "light", whose blocks are
residual.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.bundle import open_bundle
from engine.device import Device
from engine.errors import RespinError
from engine.networks.vqgan import Codebook
from engine.presets import PRESETS, Preset
from engine.refiner import Refiner
from engine.torch_graphs import networks_of
from training import checkpoint
from training.autoencoder import AutoencoderStage
from training.loop import seed_step
from training.optimizers import PartOptimizer
from training.recipes import recipe_of

_FOLDED = 8
"""Voxels that `space_to_depth` stacks; those of the first channel lie first, so that old channels keep their places."""

_ADDS = re.compile(r"((at_half|at_quarter)(\.\d+)?|(?<!around\.)blocks\.\d+)\.conv2\.|(around|back)\.up\.")
"""Last convolutions of what adds to what was there: where they are new they add nothing."""


def begin(trained: Path, preset_name: str, run: Path) -> None:
    """Write step 0 of stage 1 in `run`, at the shape of the preset, from stage 1 of `trained`: a run or a bundle.

    The hours of a run are kept: they are part of what the new one cost. A bundle's are on its card.
    """
    there = run / "autoencoder" / "state.pt"
    if there.exists():
        raise RespinError(f"{there} is there already: give another --run.")
    state = _of_bundle(trained) if (trained / "manifest.json").is_file() else _of_run(trained)
    _forget_codes(state, PRESETS[preset_name])
    recipe = recipe_of("autoencoder", preset_name)
    seed_step(recipe, 0)
    stage = AutoencoderStage(PRESETS[preset_name], recipe)
    half = (_half(state["stage"]), _half(stage.state_dict()))
    stage.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]
    stage.load_state_dict(widened(state["stage"], stage.state_dict(), half))
    fresh = nn.ModuleDict(stage.exported()).state_dict()
    moves = {name: PartOptimizer(list(part), recipe, sharded=False) for name, part in stage.parts().items()}
    first = {
        "step": 0,
        "seconds": state["seconds"],
        "sums": {},
        "stage": stage.state_dict(),
        "average": widened(state["average"], fresh, half),
        "optimizers": {name: optimizer.state_dict() for name, optimizer in moves.items()},
    }
    there.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(there, first)


def _of_run(trained: Path) -> dict[str, Any]:
    return checkpoint.load(trained / "autoencoder" / "state.pt")


def _of_bundle(trained: Path) -> dict[str, Any]:
    bundle = open_bundle(trained)
    autoencoder, ms_spade = networks_of(trained, bundle.preset)
    autoencoder.quantizer = Refiner(bundle, Device("cpu", 1)).codebook
    weights = nn.ModuleDict({"autoencoder": autoencoder, "ms_spade": ms_spade}).state_dict()
    return {"seconds": 0.0, "stage": weights | _in_use(autoencoder.quantizer), "average": weights}


def _in_use(codebook: Codebook | None) -> dict[str, Tensor]:
    """What a run would remember of codes that were all used alike: else the first step takes them for dead."""
    if codebook is None:
        return {}
    codes = codebook.embedding.weight.detach().float()
    return {"codes.count": torch.ones(len(codes)), "codes.total": codes.clone()}


def _forget_codes(state: dict[str, Any], preset: Preset) -> None:
    """Codes of another width begin anew, and with them how often they were used."""
    known = state["stage"].get("codes.total")
    if known is not None and known.shape[1] != preset.autoencoder.latent // preset.autoencoder.groups:
        for part in ("codes.count", "codes.total"):
            del state["stage"][part]


def _half(state: dict[str, Tensor]) -> int:
    """Channels at half resolution."""
    name = "autoencoder.encoder.stem.bias"
    if name not in state:
        raise RespinError("Only autoencoders of the family 'light' can be widened.")
    return state[name].shape[-1]


def widened(old: dict[str, Tensor], fresh: dict[str, Tensor], half: tuple[int, int]) -> dict[str, Tensor]:
    """The weights of `fresh`, a stage just built, with those of `old` put where they belong.

    half: width at half resolution, before and after. New features are what `fresh` holds; nothing that was there
    listens to them yet, and a block without a forerunner is the identity: so the answers are the old ones, but for
    blocks that the new shape leaves out. What has become narrower begins anew.
    """
    return {name: _put(name, old, value, *half) for name, value in fresh.items()}


def _put(name: str, old: dict[str, Tensor], value: Tensor, was: int, now: int) -> Tensor:
    value = value.clone()
    before = old.get(name)
    if before is None or any(a > b for a, b in zip(before.shape, value.shape, strict=True)):
        return torch.zeros_like(value) if _ADDS.search(name) else value
    places = [_places(name, before.shape[d], value.shape[d], was, now) for d in range(value.ndim)]
    for dimension in _inputs(name, value.ndim):
        if before.shape[dimension] != value.shape[dimension]:
            _silence(value, dimension, places)
    value[torch.meshgrid(*[torch.tensor(at) for at in places], indexing="ij")] = before
    return value


def _inputs(name: str, dimensions: int) -> range:
    """The dimension of a convolution's weight that its inputs lie along; a switched one has targets in front."""
    if not name.endswith("weight") or dimensions < 5:
        return range(0)
    at = dimensions - 4
    return range(at, at + 1)


def _silence(value: Tensor, dimension: int, places: Sequence[Sequence[int]]) -> None:
    """Old outputs do not listen to new inputs."""
    outputs = torch.tensor(places[dimension - 1])
    new = [n for n in range(value.shape[dimension]) if n not in set(places[dimension])]
    rows = value.index_select(dimension - 1, outputs)
    rows.index_fill_(dimension, torch.tensor(new), 0.0)
    value.index_copy_(dimension - 1, outputs, rows)


def _places(name: str, before: int, after: int, was: int, now: int) -> list[int]:
    """Where each of the old channels lies among the new ones."""
    if before == after:
        return list(range(before))
    if name.endswith("merge.weight") and before == 2 * was + _FOLDED:
        return [*range(was), *range(now, now + was), *range(2 * now, 2 * now + _FOLDED)]
    return list(range(before))
