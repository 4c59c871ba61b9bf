"""A run that was killed and resumed is the run that was not: bit for bit, in weights and in the log."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.errors import RespinError
from tests.bundles import TINY
from tests.training.conftest import QUICK
from training import checkpoint, loop
from training.autoencoder import AutoencoderStage
from training.data import Subject, draw
from training.launch import Machine, launch
from training.loop import averaged, history, seed_step, train

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch):
    """A line of the log and a checkpoint after every second step."""
    monkeypatch.setattr(loop, "LOG_EVERY", 2)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)


def run_training(subjects: list[Subject], run: Path, die_at: int | None = None) -> nn.Module:
    """Stage 1 on small subjects; an exception at a step where told so."""

    def batch_of(step: int, number: int) -> Any:
        if step == die_at:
            raise KeyboardInterrupt
        return draw(subjects, TINY, *QUICK.crops_at(step), QUICK.seed, number, QUICK.augment)

    torch.manual_seed(QUICK.seed)
    stage = AutoencoderStage(TINY, QUICK)
    stage.start_from(subjects, TINY)
    return train(stage, batch_of, QUICK, run, launch(1))


@pytest.fixture(scope="module")
def whole(subjects: list[Subject], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nobody disturbed."""
    run = tmp_path_factory.mktemp("whole") / "autoencoder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "LOG_EVERY", 2)
        patch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)
        run_training(subjects, run)
    return run


def flat(state: Any, name: str = "") -> dict[str, Any]:
    """Every tensor and number of a checkpoint by its path, but how long it took."""
    if isinstance(state, dict):
        parts = [flat(value, f"{name}/{key}") for key, value in state.items() if key != "seconds"]
        return {key: value for part in parts for key, value in part.items()}
    if isinstance(state, list | tuple):
        return flat(dict(enumerate(state)), name)
    return {name: state}


def assert_same_run(one: Path, other: Path):
    states = [flat(checkpoint.load(run / "state.pt")) for run in (one, other)]
    assert states[0].keys() == states[1].keys()
    assert any("exp_avg_sq" in name for name in states[0])
    for name, value in states[0].items():
        same = torch.equal(value, states[1][name]) if isinstance(value, Tensor) else value == states[1][name]
        assert same, f"{name} differs"
    assert (one / "log.csv").read_text() == (other / "log.csv").read_text()


def test_the_log_tells_every_loss(whole: Path):
    rows = [line.split(",") for line in (whole / "log.csv").read_text().splitlines()]
    assert [int(row[0]) for row in rows] == sorted(int(row[0]) for row in rows)
    assert {row[0] for row in rows} == {"2", "4", "6"}
    names = {row[1] for row in rows}
    assert {
        "translation",
        "translation_alone",
        "translation_structure",
        "reconstruction",
        "commitment",
        "latent",
        "cycle",
    } <= names
    assert {"adversary", "discriminator", "norm_model", "norm_discriminator"} <= names
    assert all(float(row[2]) == float(row[2]) for row in rows)


def test_the_same_run_twice_is_the_same(whole: Path, subjects: list[Subject], tmp_path: Path):
    run_training(subjects, tmp_path / "again")
    assert_same_run(whole, tmp_path / "again")


@pytest.mark.parametrize("die_at", [0, 3, 4, 5])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not(
    whole: Path, subjects: list[Subject], tmp_path: Path, die_at: int
):
    with pytest.raises(KeyboardInterrupt):
        run_training(subjects, tmp_path / "run", die_at)
    run_training(subjects, tmp_path / "run")
    assert_same_run(whole, tmp_path / "run")


PROGRAM = """
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from engine import atomic
from tests.bundles import TINY
from tests.training.test_loop import run_training
from training import loop
from training.data import load_subjects

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

folder, run, where, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
loop.LOG_EVERY, loop.CHECKPOINT_SECONDS = 2, -1.0
owner, name = {"rename": (atomic.os, "replace"), "log": (loop._Trainer, "_write")}[where]
real, calls = getattr(owner, name), []

def counting(*given):
    calls.append(given)
    if len(calls) == count:
        die()
    return real(*given)

subjects = load_subjects(folder, TINY.grid)
setattr(owner, name, counting)
run_training(subjects, run)
"""


def kill_in(folder: Path, run: Path, where: str, count: int):
    """Train in a process of its own that is killed (-9) in the middle of its `count`th rename or log."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(folder), str(run), where, str(count)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    ("where", "count", "steps"),
    [
        ("rename", 3, 2),  # recipe, first checkpoint, then the second: written, not yet in its place
        ("log", 3, 4),  # after the second checkpoint
    ],
)
def test_kill_9_leaves_a_whole_checkpoint_to_go_on_from(
    whole: Path, folder: Path, subjects: list[Subject], tmp_path: Path, where: str, count: int, steps: int
):
    run = tmp_path / "run"
    kill_in(folder, run, where, count)
    assert checkpoint.load(run / "state.pt")["step"] == steps
    run_training(subjects, run)
    assert_same_run(whole, run)


def test_sigterm_leaves_a_checkpoint_and_an_exit_code(whole: Path, subjects: list[Subject], tmp_path: Path):
    """In the middle of an interval of the log: the losses that wait for their line are kept."""
    recipe, run = QUICK, tmp_path / "run"

    def batch_of(step: int, number: int) -> Any:
        if step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return draw(subjects, TINY, *recipe.crops_at(step), recipe.seed, number, recipe.augment)

    torch.manual_seed(recipe.seed)
    stage = AutoencoderStage(TINY, recipe)
    stage.start_from(subjects, TINY)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end:
        train(stage, batch_of, recipe, run, launch(1))
    assert end.value.code == loop.STOPPED
    assert signal.getsignal(signal.SIGTERM) is before
    assert checkpoint.load(run / "state.pt")["step"] == 3
    run_training(subjects, run)
    assert_same_run(whole, run)


def test_a_checkpoint_of_an_older_version_is_taken_up(whole: Path, subjects: list[Subject], tmp_path: Path):
    """Before the losses that wait for their line were kept."""
    with pytest.raises(KeyboardInterrupt):
        run_training(subjects, tmp_path / "run", die_at=4)
    state = checkpoint.load(tmp_path / "run" / "state.pt")
    del state["sums"]
    checkpoint.save(tmp_path / "run" / "state.pt", state)
    run_training(subjects, tmp_path / "run")
    assert (tmp_path / "run" / "log.csv").read_text() == (whole / "log.csv").read_text()


def test_a_checkpoint_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "state.pt"
    checkpoint.save(path, {"step": 1, "weights": torch.arange(5)})

    def fail(*given: object):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.atomic.os.fsync", fail)
    with pytest.raises(Exception, match="No space left"):
        checkpoint.save(path, {"step": 2, "weights": torch.arange(6)})
    assert checkpoint.load(path)["step"] == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.pt"]


def test_a_checkpoint_that_carries_code_is_not_run(tmp_path: Path):
    class Evil:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"step": Evil()}, tmp_path / "state.pt")
    with pytest.raises(Exception, match="Weights only load failed"):
        checkpoint.load(tmp_path / "state.pt")
    assert not (tmp_path / "owned").exists()


def test_a_missing_checkpoint_is_refused_in_words(tmp_path: Path):
    with pytest.raises(Exception, match="train that stage first"):
        checkpoint.load(tmp_path / "state.pt")


def test_a_run_tells_its_recipe_steps_and_hours(whole: Path):
    recipe, steps, hours = history(whole)
    assert recipe == QUICK
    assert steps == QUICK.steps
    assert 0 < hours < 1


def test_the_averaged_weights_are_those_of_the_checkpoint(whole: Path):
    torch.manual_seed(5)
    networks = AutoencoderStage(TINY, QUICK).exported()
    state = checkpoint.load(whole / "state.pt")
    found = averaged(networks, whole).state_dict()
    live = {key: state["stage"][key] for key in found}
    assert all(torch.equal(found[key], state["average"][key]) for key in found)
    assert any(not torch.equal(found[key], live[key]) for key in found)
    codes = "autoencoder.quantizer.embedding.weight"
    assert torch.equal(found[codes], live[codes])
    assert not averaged(networks, whole).training


class Constant(nn.Module):
    """A stage of one weight whose loss has slope 1, or none that is finite."""

    def __init__(self, broken: set[int]) -> None:
        super().__init__()
        self.weight, self.broken = nn.Parameter(torch.zeros(1)), broken

    def parts(self):
        return {"model": [self.weight]}

    def due(self, part: str, step: int) -> bool:
        return True

    def notes(self) -> dict[str, float]:
        return {}

    def settle(self, step: int, machine: Machine) -> None:
        pass

    def exported(self) -> dict[str, nn.Module]:
        holder = nn.Module()
        holder.weight = self.weight
        return {"network": holder}

    def forward(self, part: str, batch: Any, step: int) -> dict[str, Tensor]:
        return {"loss": self.weight.sum() * (float("nan") if step in self.broken else 1.0)}


def weight_after(run: Path, broken: set[int]) -> float:
    stage = Constant(broken)
    train(stage, lambda step, number: None, replace(QUICK, steps=4, warmup=0, cooldown=0.0), run, launch(1))
    return float(stage.weight.detach())


def test_a_gradient_that_is_no_number_moves_nothing(tmp_path: Path):
    assert weight_after(tmp_path / "sound", set()) < 0
    assert weight_after(tmp_path / "broken", {0, 1, 2, 3}) == 0
    assert 0 > weight_after(tmp_path / "some", {1, 2}) > weight_after(tmp_path / "all", set())


class Elsewhere(Machine):
    """A machine of which another node sees what this one does not, and the other way round."""

    def any(self, here: bool) -> bool:
        return True


def test_nodes_that_see_different_disks_are_told(tmp_path: Path):
    machine = Elsewhere(launch(1).fabric)
    with pytest.raises(RespinError, match="--run must lie on a disk that all nodes share"):
        train(Constant(set()), lambda step, number: None, QUICK, tmp_path / "run", machine)


def test_the_draws_of_a_step_depend_on_seed_and_step_alone():
    def drawn(seed: int, step: int) -> float:
        seed_step(replace(QUICK, seed=seed), step)
        return float(torch.rand(()))

    assert drawn(0, 5) == drawn(0, 5)
    assert len({drawn(0, 5), drawn(0, 6), drawn(1, 5)}) == 3
