"""Gradient checkpointing changes memory, and nothing else."""

import copy

import torch

from tests.bundles import TINY, networks
from training.recompute import recompute_blocks


def test_gradients_and_names_stay():
    plain = networks(TINY)["unet"]
    saving = copy.deepcopy(plain)
    assert recompute_blocks(saving) >= 8
    z, t, y = torch.randn(1, 8, 4, 4, 4), torch.tensor([500]), torch.tensor([2])
    for network in (plain, saving):
        network(z, z, t, y).square().mean().backward()
    for (name, one), (other_name, other) in zip(plain.named_parameters(), saving.named_parameters(), strict=True):
        assert name == other_name
        torch.testing.assert_close(one.grad, other.grad)
    assert plain.state_dict().keys() == saving.state_dict().keys()


def test_less_is_kept_for_the_backward_pass():
    kept: list[int] = []

    def count(network: torch.nn.Module) -> int:
        kept.clear()
        with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):
            network(torch.randn(1, 8, 16, 16, 16), torch.randn(1, 8, 16, 16, 16), torch.tensor([5]), torch.tensor([2]))
        return sum(kept)

    plain, saving = networks(TINY)["unet"], networks(TINY)["unet"]
    recompute_blocks(saving)
    assert count(saving) < 0.5 * count(plain)
