"""Weights of the authors' released networks under our names."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from engine.errors import RespinError

_SWITCHED = re.compile(r"(?P<before>.+)\.spades\.(?P<target>\d+)\.(?P<layer>mlp_\w+?)(\.0)?\.(?P<kind>weight|bias)")
_NOT_OURS = re.compile(
    r"loss\..*|model_ema\.(decay|num_updates)|"
    r"betas|(sqrt_|log_)?(one_minus_)?alphas_cumprod(_prev)?|sqrt_recipm?1?_alphas_cumprod|posterior_\w+|"
    r"logvar|lvlb_weights|scale_factor"
)
"""What a checkpoint holds beside the networks: the discriminator, the schedule, counters."""


def rename(state: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """State dict of a whole model or of its first stage -> state dicts of our networks, in float32.

    Returns "autoencoder", "ms_spade" and, where the checkpoint has it, "unet" (its averaged weights where there
    are some). Refuses a checkpoint with names that it does not know.
    """
    networks: dict[str, dict[str, Tensor]] = {}
    switched: dict[str, dict[int, Tensor]] = {}
    unknown: list[str] = []
    for key, tensor in _averaged(state).items():
        network, name = _place(key)
        if network == "ms_spade" and (match := _SWITCHED.fullmatch(name)):
            stacked = f"{match['before']}.{match['layer']}.{match['kind']}"
            switched.setdefault(stacked, {})[int(match["target"])] = tensor.float()
        elif network:
            networks.setdefault(network, {})[name] = tensor.float()
        elif not _NOT_OURS.fullmatch(name):
            unknown.append(key)
    if unknown:
        raise RespinError(f"The checkpoint holds names that Respin does not know: {', '.join(unknown)}.")
    for name, by_target in switched.items():
        networks["ms_spade"][name] = torch.stack([by_target[target] for target in sorted(by_target)])
    return networks


def _place(key: str) -> tuple[str, str]:
    """Network and name of a key of the authors; the network is "" where it is none of ours."""
    name = key.removeprefix("first_stage_model.")
    head, _, rest = name.partition(".")
    if head in ("encoder", "decoder", "quant_conv", "post_quant_conv"):
        return "autoencoder", name
    if head == "quantize":
        return "autoencoder", f"quantizer.{rest}"
    if head == "spade":
        return "ms_spade", rest
    if name.startswith("model.diffusion_model."):
        return "unet", name.removeprefix("model.diffusion_model.")
    return "", name


def _averaged(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights with the averaged ones (`model_ema.` and the name without its dots) in their places."""
    plain = {key: tensor for key, tensor in state.items() if not key.startswith("model_ema.")}
    places = {"model_ema." + key.removeprefix("model.").replace(".", ""): key for key in plain}
    for key, tensor in state.items():
        if key.startswith("model_ema."):
            plain[places.get(key, key)] = tensor
    return plain
