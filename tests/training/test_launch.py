"""Two processes are one that gathers two batches: the same losses, the same weights."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import RespinError
from engine.modality import Modality
from tests.bundles import TINY, networks
from tests.training.conftest import QUICK, in_two_processes
from training import checkpoint, loop
from training.autoencoder import AutoencoderStage
from training.data import Subject, draw
from training.diffusion import DiffusionStage, Latents, draw_latents
from training.launch import Machine, _buckets, launch
from training.loop import train

ONE = replace(QUICK, steps=4, crop=16, crop_cooldown=16, reconstruct_every=1, pretrain=0.25, adversary_from=0.25)
RECIPE = replace(QUICK, steps=4, crop=32, crop_cooldown=32, cooldown=0.0, rate=1e-4)
"""Slow: a step of Adam is as long as the rate, also where the gradient is rounding and nothing else."""


def latents() -> list[Latents]:
    generator = torch.Generator().manual_seed(0)
    width = TINY.autoencoder.latent
    shapes = [(12, 10, 11), (9, 12, 10)]
    return [
        Latents(
            "one",
            {m: torch.randn(width, *shape, generator=generator) for m in (Modality.T1, Modality.T2, Modality.FLAIR)},
            torch.ones(1, *shape),
        )
        for shape in shapes
    ]


def denoise(run: Path, machine: Machine, accumulate: int):
    """Stage 2 on random latents, a log entry every second step."""
    loop.LOG_EVERY = 2
    recipe, known = replace(RECIPE, accumulate=accumulate), latents()
    torch.manual_seed(0)
    stage = DiffusionStage(TINY, torch.nn.ModuleDict(networks(TINY)), torch.zeros(8), torch.ones(8))
    train(stage, lambda step, n: draw_latents(known, TINY, *recipe.crops_at(step), 0, n), recipe, run, machine)


def autoencode(run: Path, machine: Machine, accumulate: int, subjects: list[Subject]) -> AutoencoderStage:
    """Stage 1, adversary included; a line of the log and a checkpoint after every second step."""
    loop.LOG_EVERY, loop.CHECKPOINT_SECONDS = 2, -1.0
    recipe = replace(ONE, accumulate=accumulate)

    def batch_of(step: int, number: int):
        return draw(subjects, TINY, *recipe.crops_at(step), 0, number, False)

    torch.manual_seed(0)
    stage = AutoencoderStage(TINY, recipe)
    train(stage, batch_of, recipe, run, machine)
    return stage


def pair_of_runs(subjects: list[Subject], out: Path):
    """What each of two processes does."""
    machine = launch(1, precision="32")
    assert machine.world == 2
    denoise(out / "diffusion", machine, 1)
    stage = autoencode(out / "autoencoder", machine, 1, subjects)
    torch.save(stage.state_dict(), out / f"rank{machine.fabric.global_rank}.pt")
    torch.distributed.destroy_process_group()


PROGRAM = """
import sys
from pathlib import Path
from tests.bundles import TINY
from tests.training.test_launch import pair_of_runs
from training.data import load_subjects

pair_of_runs(load_subjects(Path(sys.argv[1]), TINY.grid), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def pair(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes under torchrun left behind."""
    return in_two_processes(PROGRAM, folder, tmp_path_factory.mktemp("pair"))


def assert_same_run(one: Path, other: Path):
    """The log of each loss, and every weight, average and moment."""
    logs = [(run / "log.csv").read_text().split() for run in (one, other)]
    assert [row.rsplit(",", 1)[0] for row in logs[0]] == [row.rsplit(",", 1)[0] for row in logs[1]]
    losses = [[float(row.rsplit(",", 1)[1]) for row in log] for log in logs]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4, abs=1e-6)
    states = [checkpoint.load(run / "state.pt") for run in (one, other)]
    for state in states:
        state["moments"] = {name: each["adamw"]["state"] for name, each in state["optimizers"].items()}
    for part in ("stage", "average", "moments"):
        torch.testing.assert_close(states[0][part], states[1][part], rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_two_processes_do_what_one_does_with_twice_the_batches(pair: Path, tmp_path: Path):
    denoise(tmp_path / "one", launch(1, devices=1, precision="32"), accumulate=2)
    assert_same_run(tmp_path / "one", pair / "diffusion")


@pytest.mark.slow
def test_so_they_do_in_stage_1_codes_and_adversary_included(pair: Path, tmp_path: Path, subjects: list[Subject]):
    autoencode(tmp_path / "one", launch(1, devices=1, precision="32"), 2, subjects)
    assert_same_run(tmp_path / "one", pair / "autoencoder")
    names = {row.split(",")[1] for row in (pair / "autoencoder" / "log.csv").read_text().split()}
    assert {"commitment", "adversary", "discriminator", "codes", "cycle"} <= names


@pytest.mark.slow
def test_all_processes_hold_the_same_weights_codes_included(pair: Path):
    one, other = (torch.load(pair / f"rank{rank}.pt", weights_only=True) for rank in (0, 1))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert float(one["codes.count"].sum()) > 0


@pytest.mark.slow
def test_only_the_first_process_writes(pair: Path):
    rows = [row.split(",") for row in (pair / "autoencoder" / "log.csv").read_text().splitlines()]
    assert len({(row[0], row[1]) for row in rows}) == len(rows)


def test_gradients_travel_in_parcels_that_lose_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("training.launch._BUCKET", 10)
    tensors = [torch.zeros(size) for size in (4, 5, 6, 30, 1, 2)]
    buckets = _buckets(tensors)
    assert [[len(tensor) for tensor in bucket] for bucket in buckets] == [[4, 5], [6], [30], [1, 2]]
    assert _buckets([]) == []


def test_one_process_has_nobody_to_share_with():
    with pytest.raises(RespinError, match="one process, and nobody to share weights with"):
        launch(1, strategy="fsdp")


def test_an_unknown_strategy_is_refused():
    with pytest.raises(RespinError, match="'deepspeed' is not a strategy; use auto, ddp, fsdp"):
        launch(1, strategy="deepspeed")


@pytest.mark.parametrize(("precision", "half"), [("auto", True), ("auto", False), ("bf16", True), ("32", False)])
def test_bfloat16_is_taken_where_it_is_computed(precision, half, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("training.launch.computes_half", lambda device: half)
    assert launch(1, precision=precision).bf16 is half


def test_an_unknown_precision_is_refused():
    with pytest.raises(RespinError, match="'fp8' is not a precision"):
        launch(1, precision="fp8")
