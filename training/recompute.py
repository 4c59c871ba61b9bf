"""Gradient checkpointing: the blocks of a stage forget their activations and compute them again when needed."""

from __future__ import annotations

from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint

from engine.networks import attention, blocks, ms_spade, unet, vqgan

_BLOCKS = (
    vqgan.ResnetBlock,
    unet.ResBlock,
    attention.LatentTransformer,
    ms_spade.TableBlock,
    ms_spade.ReleasedSpadeBlock,
    ms_spade.LightSpadeBlock,
    blocks.LightBlock,
)


def blocks_of(networks: nn.Module) -> list[nn.Module]:
    """Every residual block, outer ones first."""
    return [module for module in networks.modules() if isinstance(module, _BLOCKS)]


def recompute_blocks(stage: nn.Module) -> int:
    """Switch it on for every residual block of the stage; returns how many there are. Names of weights stay."""
    found = blocks_of(stage)
    for block in found:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    return len(found)
