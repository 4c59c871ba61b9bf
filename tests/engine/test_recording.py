"""A network is recorded once for each shape (the card's part is stood in for: there is none here)."""

import pytest
import torch
from torch import Tensor

from engine.recording import Recorder


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[torch.Size, ...]]:
    """The shapes of what was recorded."""
    made: list[tuple[torch.Size, ...]] = []

    def record(network, given: tuple[Tensor, ...]):
        made.append(tuple(each.shape for each in given))
        return network

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", record)
    return made


def test_a_shape_is_recorded_once(recordings: list):
    recorder = Recorder(lambda a, b: a + b)
    for value in (1.0, 2.0):
        assert torch.equal(recorder(torch.full((2, 3), value), torch.ones(3)), torch.full((2, 3), value + 1))
    assert recordings == [((2, 3), (3,))]


def test_another_shape_is_recorded_anew(recordings: list):
    recorder = Recorder(lambda a: 2 * a)
    for side in (2, 4, 2):
        assert recorder(torch.ones(side)).shape == (side,)
    assert recordings == [((2,),), ((4,),), ((2,),)]
