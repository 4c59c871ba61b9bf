"""Gradients of convolutions over two slices are right in bfloat16, too, and the same each time."""

import pytest
import torch
from torch import Tensor, nn

from training.thin import ExactWhereThin


def spoil_memory():
    """What is freed and taken anew holds no zeros."""
    for size in (3_000, 10_000, 30_000, 100_000, 1_000_000):
        spoilt = [torch.full((size,), float("nan"), dtype=kind) for kind in (torch.bfloat16, torch.float32)]
        del spoilt


def gradients(conv: nn.Conv3d, h: Tensor, half: bool) -> Tensor:
    spoil_memory()
    conv.zero_grad()
    with ExactWhereThin():
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            made = conv(h)
        made.float().square().sum().backward()
    assert conv.weight.grad is not None
    return conv.weight.grad.clone()


@pytest.mark.parametrize("slices", [1, 2, 3, 4])
def test_gradients_in_bfloat16_are_those_of_float32(slices: int):
    torch.manual_seed(0)
    conv, h = nn.Conv3d(16, 16, 3, padding=1), torch.randn(2, 16, slices, 4, 4)
    exact = gradients(conv, h, half=False)
    for _ in range(4):
        torch.testing.assert_close(gradients(conv, h, half=True), exact, rtol=0.05, atol=0.05 * float(exact.std()))
