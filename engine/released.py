"""Checkpoints of the authors' code: their names under ours, and the preset that their tensors are of.

Every size is read from the tensors. What tensors do not tell is taken from the authors' code: the order of the four
contrasts, the preprocessing, and how many channels an attention head has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from engine.errors import BadCheckpoint
from engine.presets import RELEASED, AutoencoderShape, Grid, Preset, SpadeShape, UNetShape

Networks = dict[str, dict[str, Tensor]]
"""State dicts of "autoencoder", "ms_spade" and "unet", or of some of them."""

_SWITCHED = re.compile(r"(?P<before>.+)\.spades\.(?P<target>\d+)\.(?P<layer>mlp_\w+?)(\.0)?\.(?P<kind>weight|bias)")
_NOT_OURS = re.compile(
    r"loss\..*|model_ema\.(decay|num_updates)|colorize|"
    r"betas|(sqrt_|log_)?(one_minus_)?alphas_cumprod(_prev)?|sqrt_recipm?1?_alphas_cumprod|posterior_\w+|"
    r"logvar|lvlb_weights|scale_factor"
)
"""What a checkpoint holds beside the networks: the discriminator, the schedule, counters."""
_PREFIXES = {"autoencoder": "", "ms_spade": "spade.", "unet": "model.diffusion_model."}
_GRID = Grid(margin=0, least=(144, 192, 144), units="percentiles")
_HEAD = 32
_MOST_NAMED = 8


def rename(state: Mapping[str, Tensor]) -> Networks:
    """State dict of a whole model or of a part of it -> state dicts of our networks, in float32.

    The averaged weights take the places of the last ones where there are some. Refuses names that it does not know.
    """
    networks: Networks = {}
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
        raise BadCheckpoint(f"The checkpoint holds names that Respin does not know: {listed(unknown)}.")
    for name, tensors in _stacked(switched).items():
        networks.setdefault("ms_spade", {})[name] = tensors
    return networks


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def their_name(network: str, name: str) -> str:
    """A tensor of ours as the authors call it."""
    return _PREFIXES[network] + name.replace("quantizer.", "quantize.")


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


def _stacked(switched: dict[str, dict[int, Tensor]]) -> dict[str, Tensor]:
    """(targets, ...) of every switched layer; all of them must have the same targets and shapes."""
    targets = range(1 + max((max(by_target) for by_target in switched.values()), default=-1))
    stacks: dict[str, Tensor] = {}
    for name, by_target in switched.items():
        if missing := [target for target in targets if target not in by_target]:
            raise BadCheckpoint(f"The checkpoint lacks {name} of spade for the classes {missing}.")
        if len({tensor.shape for tensor in by_target.values()}) > 1:
            raise BadCheckpoint(f"The classes of {name} of spade differ in shape.")
        stacks[name] = torch.stack([by_target[target] for target in targets])
    return stacks


def infer(networks: Networks, head: int | None = None) -> Preset:
    """The preset of these weights. head: channels of an attention head, where the reader knows them."""
    modalities = len(_find(networks, "ms_spade", "block.0.norm_0.mlp_gamma.weight"))
    if modalities != len(RELEASED.modalities):
        raise BadCheckpoint(
            f"The checkpoint is of {modalities} contrasts; Respin knows the order of the authors' four alone: "
            f"{', '.join(modality.value for modality in RELEASED.modalities)}."
        )
    autoencoder = _autoencoder(networks)
    unet = _unet(networks, autoencoder.latent, head)
    return replace(RELEASED, autoencoder=autoencoder, spade=_spade(networks), unet=unet, grid=_GRID)


def _autoencoder(networks: Networks) -> AutoencoderShape:
    levels = _count(networks, "autoencoder", r"encoder\.down\.(\d+)\..*")
    if levels != 3:
        raise BadCheckpoint(f"The autoencoder has {levels} levels of resolution; Respin runs those with 3.")
    blocks = _count(networks, "autoencoder", r"encoder\.down\.0\.block\.(\d+)\..*")
    last = f"block.{blocks - 1}.conv2.weight"
    codes, latent = _find(networks, "autoencoder", "quantizer.embedding.weight").shape
    return AutoencoderShape(
        "vqgan",
        tuple(len(_find(networks, "autoencoder", f"encoder.down.{level}.{last}")) for level in range(levels)),
        blocks,
        mid_blocks=_count(networks, "autoencoder", r"encoder\.mid\.block_(\d+)\..*"),
        latent=latent,
        codes=codes,
    )


def _spade(networks: Networks) -> SpadeShape:
    blocks = _count(networks, "ms_spade", r"block\.(\d+)\..*")
    widths = [len(_find(networks, "ms_spade", f"block.{n}.conv_1.weight")) for n in range(blocks)]
    kernel = _find(networks, "ms_spade", "block.0.norm_0.mlp_gamma.weight").shape[-1]
    return SpadeShape("released", tuple(widths[:-1]), kernel)


def _unet(networks: Networks, latent: int, head: int | None) -> UNetShape:
    channels: list[int] = []
    attention: set[int] = set()
    blocks, width = 0, 0
    for n in range(1, _count(networks, "unet", r"input_blocks\.(\d+)\..*")):
        if f"input_blocks.{n}.0.op.weight" in networks["unet"]:
            channels.append(width)
            continue
        width = len(_find(networks, "unet", f"input_blocks.{n}.0.out_layers.3.weight"))
        blocks += not channels
        if f"input_blocks.{n}.1.qkv.weight" in networks["unet"]:
            attention.add(len(channels))
    channels.append(width)
    joined = _find(networks, "unet", "input_blocks.0.0.weight").shape[1]
    if joined not in (2 * latent, 3 * latent) or "label_emb.weight" not in networks["unet"]:
        raise BadCheckpoint(
            f"The denoiser takes {joined} channels{'' if 'label_emb.weight' in networks['unet'] else ' and no class'}; "
            f"Respin runs those that take a class and {2 * latent} or {3 * latent} channels (latents of {latent})."
        )
    narrowest = min((channels[level] for level in attention), default=width)
    return replace(
        RELEASED.unet,
        channels=tuple(channels),
        blocks=blocks,
        head=head or min(_HEAD, narrowest // 2),  # the authors' 32, but never a single head
        attention=tuple(sorted(attention)),
        concat="prior+source" if joined == 3 * latent else "prior",
    )


def _find(networks: Networks, network: str, name: str) -> Tensor:
    if name not in networks.get(network, {}):
        raise BadCheckpoint(f"The checkpoint lacks {their_name(network, name)}.")
    return networks[network][name]


def _count(networks: Networks, network: str, pattern: str) -> int:
    """How many different numbers stand where the pattern has its group."""
    found = {match[1] for name in networks.get(network, {}) if (match := re.fullmatch(pattern, name))}
    return len(found)
