"""Codes follow the latents of a whole step, however it was cut into batches."""

import pytest
import torch
from torch import Tensor, nn

from engine.networks.vqgan import Codebook
from training.codebook import CodebookAverage
from training.launch import launch

ALONE = launch(1)


@torch.no_grad()
def test_codes_follow_the_latents():
    """Three clusters: after some updates each has a code at its mean, and those are the codes in use."""
    torch.manual_seed(0)
    codebook = Codebook(8, 2)
    average = CodebookAverage(codebook, decay=0.9)
    means = torch.tensor([[3.0, 0.0], [-2.0, 2.0], [0.0, -4.0]])
    for _ in range(80):
        flat = means[torch.randint(3, (512,))] + 0.05 * torch.randn(512, 2)
        z = flat.T.reshape(1, 2, 8, 8, 8)
        average.observe(z, codebook.search(z))
        average.settle(ALONE)
    distances = torch.cdist(means, codebook.embedding.weight)
    assert float(distances.min(1).values.max()) < 0.1
    assert float((codebook(z)[0] - z).square().mean()) < 0.01


@torch.no_grad()
def test_codes_that_nobody_uses_are_revived():
    torch.manual_seed(0)
    codebook = Codebook(64, 4)
    nn.init.constant_(codebook.embedding.weight, 100.0)
    average = CodebookAverage(codebook)
    z = torch.randn(1, 4, 16, 16, 16)
    used: list[int] = []
    for _ in range(10):
        index = codebook.search(z)
        average.observe(z, index)
        average.settle(ALONE)
        used.append(len(codebook.search(z).unique()))
    assert used[0] > 1
    assert used[-1] > 50
    assert average.in_use() == pytest.approx(1, abs=0.05)


def settled(batches: list[Tensor], move: bool = True) -> tuple[Tensor, CodebookAverage]:
    """The codes after a step of these batches, all codes in use before."""
    torch.manual_seed(0)
    codebook = Codebook(8, 2)
    nn.init.normal_(codebook.embedding.weight)
    average = CodebookAverage(codebook)
    average.count += 1
    average.total += codebook.embedding.weight
    for z in batches:
        average.observe(z, codebook.search(z))
    average.settle(ALONE, move)
    return codebook.embedding.weight.detach().clone(), average


@torch.no_grad()
def test_two_batches_count_as_one_of_twice_the_size():
    z = torch.randn(2, 2, 6, 6, 6)
    (two, halves), (one, both) = settled([z[:1], z[1:]]), settled([z])
    torch.testing.assert_close(two, one)
    torch.testing.assert_close(halves.count, both.count)
    assert not torch.allclose(one, settled([])[0])


@torch.no_grad()
def test_codes_in_use_stay_where_the_gradient_moves_them():
    z = torch.randn(2, 2, 6, 6, 6)
    still, average = settled([z], move=False)
    assert torch.equal(still, settled([])[0])
    assert float(average.count.sum()) != 8
