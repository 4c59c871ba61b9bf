"""The mean of two runs' weights."""

from pathlib import Path

import pytest
import torch

from engine.errors import RespinError
from training import checkpoint
from training.blend import blend


def trained(folder: Path, value: float, step: int, side: int = 2) -> Path:
    """A run whose every averaged weight is `value`."""
    (folder / "autoencoder").mkdir(parents=True)
    (folder / "autoencoder" / "recipe.json").write_text('{"steps": 4}', encoding="utf-8")
    average = {"weight": torch.full((side, side), value), "count": torch.tensor(step)}
    state = {"step": step, "seconds": 60.0 * step, "stage": {"weight": torch.zeros(side)}, "average": average}
    checkpoint.save(folder / "autoencoder" / "state.pt", state)
    return folder


def test_weights_are_the_mean_and_all_else_is_the_last_run_s(tmp_path: Path):
    runs = [trained(tmp_path / "a", 1.0, 3), trained(tmp_path / "b", 4.0, 8)]
    blend(runs, tmp_path / "c")
    state = checkpoint.load(tmp_path / "c" / "autoencoder" / "state.pt")
    assert torch.equal(state["average"]["weight"], torch.full((2, 2), 2.5))
    assert (state["average"]["count"], state["step"], state["seconds"]) == (8, 8, 480.0)
    assert (tmp_path / "c" / "autoencoder" / "recipe.json").is_file()
    assert checkpoint.load(tmp_path / "b" / "autoencoder" / "state.pt")["average"]["weight"][0, 0] == 4


def test_runs_of_different_shapes_are_refused_and_nothing_is_written(tmp_path: Path):
    with pytest.raises(RespinError, match="different shapes"):
        blend([trained(tmp_path / "a", 1.0, 3), trained(tmp_path / "b", 1.0, 3, side=3)], tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_a_run_that_is_there_is_not_written_over(tmp_path: Path):
    runs = [trained(tmp_path / "a", 1.0, 3), trained(tmp_path / "b", 4.0, 8)]
    with pytest.raises(RespinError, match="already"):
        blend(runs, tmp_path / "b")
    assert checkpoint.load(tmp_path / "b" / "autoencoder" / "state.pt")["average"]["weight"][0, 0] == 4
