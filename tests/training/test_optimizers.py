"""What moves the weights, against the matrix that Muon's own description asks for."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from engine.errors import RespinError
from training import optimizers
from training.optimizers import PartOptimizer
from training.recipes import recipe_of

RECIPE = replace(recipe_of("autoencoder", "compact"), optimizer="muon", rate=0.01)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv3d(4, 6, 3), nn.Conv3d(6, 2, 1))
    return made.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]


def stepped(made: nn.Sequential, optimizer: PartOptimizer, rate: float = 0.01) -> None:
    made.zero_grad()
    torch.manual_seed(1)
    made(torch.randn(1, 4, 5, 5, 5)).square().sum().backward()
    optimizer.step(rate)


def test_a_convolution_moves_by_an_orthogonal_matrix():
    made = network()
    before = made[0].weight.detach().clone()
    optimizer = PartOptimizer(list(made.parameters()), RECIPE, sharded=False)
    made[0].weight.grad = torch.randn_like(made[0].weight) * torch.arange(1, 7)[:, None, None, None, None]
    optimizer.step(0.01)
    moved = (made[0].weight.detach() - before).permute(0, 2, 3, 4, 1).flatten(1)
    sizes = torch.linalg.svdvals(moved) / (0.01 * 0.2 * 108**0.5)  # 0.2 sqrt(longer side): as large as AdamW's moves
    assert float(sizes.min()) > 0.5
    assert float(sizes.max()) < 1.5


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("shape", [(6, 108), (108, 6), (5, 5)])
def test_what_is_turned_has_singular_values_near_1_in_either_precision(shape, half, monkeypatch):
    monkeypatch.setattr(optimizers, "computes_half", lambda device: half)
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 1e-3
    turned = optimizers.orthogonal(matrix)
    assert (turned.shape, turned.dtype) == (matrix.shape, torch.float32)
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    sizes = (u.T @ turned @ v.T).diagonal()
    assert 0.5 < float(sizes.min()) <= float(sizes.max()) < 1.5


def test_biases_are_left_to_adamw():
    made = network()
    before = made[0].bias.detach().clone()
    stepped(made, PartOptimizer(list(made.parameters()), RECIPE, sharded=False))
    assert (made[0].bias.detach() - before).abs().numpy() == pytest.approx(0.01, rel=1e-3)  # Adam's first step


def test_the_rate_is_that_of_the_step():
    made = network()
    before = [p.detach().clone() for p in made.parameters()]
    stepped(made, PartOptimizer(list(made.parameters()), RECIPE, sharded=False), rate=0.0)
    assert all(torch.equal(was, now) for was, now in zip(before, made.parameters(), strict=True))


def test_the_moments_come_back():
    torch.manual_seed(0)
    once, twice = network(), network()
    whole = PartOptimizer(list(once.parameters()), RECIPE, sharded=False)
    first = PartOptimizer(list(twice.parameters()), RECIPE, sharded=False)
    for _ in range(2):
        stepped(once, whole)
    stepped(twice, first)
    then = PartOptimizer(list(twice.parameters()), RECIPE, sharded=False)
    then.load_state_dict(first.state_dict())
    stepped(twice, then)
    assert all(torch.equal(a, b) for a, b in zip(once.parameters(), twice.parameters(), strict=True))


def test_a_run_goes_on_with_its_own_optimizer():
    parameters = list(network().parameters())
    adamw = PartOptimizer(parameters, replace(RECIPE, optimizer="adamw"), sharded=False)
    with pytest.raises(RespinError, match="another optimizer"):
        PartOptimizer(parameters, RECIPE, sharded=False).load_state_dict(adamw.state_dict())


def test_a_checkpoint_from_before_muon_is_read():
    made = network()
    optimizer = PartOptimizer(list(made.parameters()), replace(RECIPE, optimizer="adamw"), sharded=False)
    stepped(made, optimizer)
    again = PartOptimizer(list(made.parameters()), replace(RECIPE, optimizer="adamw"), sharded=False)
    again.load_state_dict(optimizer.state_dict()["adamw"])
    state = again.state_dict()["adamw"]["state"]
    assert torch.equal(state[0]["exp_avg"], optimizer.state_dict()["adamw"]["state"][0]["exp_avg"])


def test_muon_wants_whole_weights():
    with pytest.raises(RespinError, match="optimizer=adamw"):
        PartOptimizer(list(network().parameters()), RECIPE, sharded=True)
    with pytest.raises(ValueError, match="channels lie last"):
        PartOptimizer(list(nn.Conv3d(4, 6, 3).parameters()), RECIPE, sharded=False)
