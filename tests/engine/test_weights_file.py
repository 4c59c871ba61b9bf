"""Weights from a file that may be damaged, hostile, or something else."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import BadCheckpoint
from engine.weights_file import read_weights

WEIGHTS = {"layer.weight": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor(7)}


@pytest.mark.parametrize("stored", [WEIGHTS, {"state_dict": WEIGHTS, "epoch": 3, "pytorch-lightning_version": "1.9"}])
def test_a_checkpoint_is_read(stored: dict[str, Any], tmp_path: Path):
    torch.save(stored, tmp_path / "weights.ckpt")
    found = read_weights(tmp_path / "weights.ckpt")
    assert found.keys() == WEIGHTS.keys()
    assert all(torch.equal(found[key], WEIGHTS[key]) for key in WEIGHTS)


def test_safetensors_are_read(tmp_path: Path):
    save_file(WEIGHTS, tmp_path / "weights.safetensors")
    assert torch.equal(read_weights(tmp_path / "weights.safetensors")["layer.weight"], WEIGHTS["layer.weight"])


@pytest.mark.parametrize("name", ["weights.ckpt", "weights.safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_a_file_that_breaks_off_is_refused(name: str, share: float, tmp_path: Path):
    path = tmp_path / name
    many = {f"layer{n}.weight": torch.randn(8, 8) for n in range(20)}
    save_file(many, path) if path.suffix == ".safetensors" else torch.save(many, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(BadCheckpoint, match=name):
        read_weights(path)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ([1, 2, 3], "holds no state dict"),
        ({}, "holds no state dict"),
        ({"state_dict": {"layer.weight": [1.0]}}, "no tensor under 'layer.weight'"),
        ({"layer.weight": torch.tensor([1.0, float("nan")])}, "no numbers in layer.weight"),
    ],
)
def test_what_is_no_state_dict_is_refused(stored: Any, said: str, tmp_path: Path):
    torch.save(stored, tmp_path / "weights.ckpt")
    with pytest.raises(BadCheckpoint, match=said):
        read_weights(tmp_path / "weights.ckpt")


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(BadCheckpoint, match="There is no checkpoint"):
        read_weights(tmp_path / "weights.ckpt")
