"""The device is chosen once, and refused in words."""

import pytest
import torch

from engine.device import Device, choose
from engine.errors import UnusableDevice


def test_cpu_with_threads():
    device = choose("cpu", 3)
    assert device == Device("cpu", 3)
    assert device.description == "cpu, 3 threads"
    assert choose("cpu", 1).description == "cpu, 1 thread"
    assert device.providers == ["CPUExecutionProvider"]


def test_threads_are_those_of_the_machine_unless_said():
    assert choose("cpu").threads >= 1
    assert choose("cpu", None).threads == choose("cpu").threads


@pytest.mark.parametrize(("there", "expected"), [(False, "cpu"), (True, "cuda")])
def test_auto_takes_cuda_where_there_is_one(there: bool, expected: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert choose("auto", 2) == Device(expected, 2)
    assert choose("cpu", 2) == Device("cpu", 2)


def test_cuda_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UnusableDevice, match=r"There is no CUDA device here .* use --device cpu"):
        choose("cuda")


def test_cuda_that_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A card")
    device = choose("cuda", 2)
    assert device.description == "A card"
    assert device.providers == ["CUDAExecutionProvider", "CPUExecutionProvider"]


@pytest.mark.parametrize("name", ["gpu", "mps", ""])
def test_another_word_is_refused(name: str):
    with pytest.raises(UnusableDevice, match=f"'{name}' is not a device; use auto, cpu or cuda"):
        choose(name)


def test_autocast_uses_the_threads_of_the_device():
    before = torch.get_num_threads()
    try:
        with Device("cpu", 1).autocast():
            assert torch.get_num_threads() == 1
            product = torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2))
        assert product.dtype in (torch.float32, torch.bfloat16)
    finally:
        torch.set_num_threads(before)


def test_a_network_is_placed_in_the_fast_layout():
    placed = Device("cpu", 1).place(torch.nn.Conv3d(4, 4, 3))
    assert placed.weight.is_contiguous(memory_format=torch.channels_last_3d)
