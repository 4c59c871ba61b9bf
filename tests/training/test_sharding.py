"""Two processes that share their weights out (FSDP) learn what two learn that hold all of them."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.networks.model import build_autoencoder, build_ms_spade
from engine.presets import AutoencoderShape, SpadeShape
from tests.bundles import TINY
from tests.training.conftest import QUICK, in_two_processes
from tests.training.test_launch import assert_same_run, denoise
from training import checkpoint, loop
from training.autoencoder import AutoencoderStage
from training.data import Subject, draw
from training.launch import Machine, launch
from training.sharding import local

PAPERLIKE = replace(
    TINY,
    name="paperlike",
    autoencoder=AutoencoderShape("vqgan", (32, 32, 32), blocks=1, mid_blocks=1, latent=3, codes=64),
    spade=SpadeShape("table-b", (16,) * 7),
    quantize=("source", "sample"),
)
"""The paper's networks, a few channels wide."""
FIVE = replace(
    QUICK,
    steps=2,
    crop=16,
    batch=1,
    crop_cooldown=16,
    batch_cooldown=1,
    warmup=0,
    cooldown=0.0,
    pretrain=0.0,
    reconstruct_every=1,
    cycle_every=1,
    perceptual=1.0,
    adaptive=True,
    adversary_from=0.0,
    codebook="gradient",
    rate=1e-6,  # a step of Adam is as long as the rate, also where the gradient is rounding and nothing else
)
"""The paper's five losses in every step."""


def autoencode(run: Path, machine: Machine, accumulate: int, subjects: list[Subject], die_at: int = -1):
    """Stage 1, with a log entry and a checkpoint after every step; returns stage and average."""
    loop.LOG_EVERY, loop.CHECKPOINT_SECONDS = 1, -1.0
    recipe = replace(FIVE, accumulate=accumulate)

    def batch_of(step: int, number: int):
        if step == die_at:
            raise KeyboardInterrupt
        return draw(subjects, PAPERLIKE, *recipe.crops_at(step), 0, number, False)

    torch.manual_seed(0)
    stage = AutoencoderStage(PAPERLIKE, recipe)
    return stage, loop.train(stage, batch_of, recipe, run, machine)


def slow_disk(patch: pytest.MonkeyPatch):
    """The process that writes is seconds behind: the others must not begin anew without its checkpoint."""
    save = checkpoint.save

    def late(path: Path, state: dict[str, object]):
        time.sleep(2)
        save(path, state)

    patch.setattr(checkpoint, "save", late)


def pair_of_runs(subjects: list[Subject], out: Path):
    """What each of two processes does."""
    machine = launch(1, precision="32")
    sharing = replace(machine, sharded=True, recompute=True)
    denoise(out / "unet-ddp", machine, 1)
    denoise(out / "unet-fsdp", sharing, 1)
    autoencode(out / "ddp", machine, 1, subjects)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        slow_disk(patch)
        autoencode(out / "fsdp", sharing, 1, subjects, die_at=1)
    if machine.first:
        shutil.copytree(out / "fsdp", out / "stopped")
    stage, average = autoencode(out / "fsdp", sharing, 1, subjects)
    held = sum(local(p).numel() for p in stage.autoencoder.parameters())
    torch.save(average.state_dict() | {"held": torch.tensor(held)}, out / f"average{machine.fabric.global_rank}.pt")
    torch.distributed.destroy_process_group()


PROGRAM = """
import sys
from pathlib import Path
from tests.bundles import TINY
from tests.training.test_sharding import pair_of_runs
from training.data import load_subjects

pair_of_runs(load_subjects(Path(sys.argv[1]), TINY.grid), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def pair(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes under torchrun left behind."""
    return in_two_processes(PROGRAM, folder, tmp_path_factory.mktemp("pair"))


def assert_alike(one: Path, other: Path):
    """Losses, and how far weights, averages and moments came; rounding is not the same where the memory is not."""
    logs = [[row.split(",") for row in (run / "log.csv").read_text().split()] for run in (one, other)]
    assert [row[:2] for row in logs[0]] == [row[:2] for row in logs[1]]
    losses = [[float(row[2]) for row in log] for log in logs]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3, abs=1e-5)
    states = [checkpoint.load(run / "state.pt") for run in (one, other)]
    torch.manual_seed(0)
    start = AutoencoderStage(PAPERLIKE, FIVE).state_dict()
    for part in ("stage", "average"):
        assert_same_way(*([state[part][name] - start[name] for name in states[0][part]] for state in states))
    for moment in ("exp_avg", "exp_avg_sq"):
        assert_same_way(
            *([of[moment] for of in state["optimizers"]["model"]["adamw"]["state"].values()] for state in states)
        )


def assert_same_way(one: list[torch.Tensor], other: list[torch.Tensor]):
    first, second = (torch.cat([part.reshape(-1) for part in way]) for way in (one, other))
    assert float((first - second).norm() / first.norm()) < 0.02


@pytest.mark.slow
def test_weights_shared_out_learn_as_whole_ones_do(pair: Path):
    """Also across a stop: the second half goes on from a checkpoint."""
    assert_alike(pair / "ddp", pair / "fsdp")


@pytest.mark.slow
def test_so_does_the_denoiser(pair: Path):
    assert_same_run(pair / "unet-ddp", pair / "unet-fsdp")


@pytest.mark.slow
def test_a_run_that_shared_its_weights_goes_on_in_one_process(pair: Path, tmp_path: Path, subjects: list[Subject]):
    run = shutil.copytree(pair / "stopped", tmp_path / "run")
    autoencode(run, launch(1, devices=1, precision="32"), 2, subjects)
    assert_alike(pair / "ddp", run)
    ways = [
        checkpoint.load(of / "state.pt")["optimizers"]["model"]["adamw"]["param_groups"] for of in (pair / "fsdp", run)
    ]
    assert [group[0]["foreach"] for group in ways] == [False, None]


@pytest.mark.slow
def test_each_process_holds_a_part_and_is_given_the_whole_average(pair: Path):
    averages = [torch.load(pair / f"average{rank}.pt", weights_only=True) for rank in (0, 1)]
    held = sum(int(average.pop("held")) for average in averages)
    networks = {"autoencoder": build_autoencoder(PAPERLIKE), "ms_spade": build_ms_spade(PAPERLIKE)}
    every = sum(p.numel() for p in networks["autoencoder"].parameters())
    assert every < held < 1.3 * every
    for average in averages:
        torch.testing.assert_close(average, loop.averaged(networks, pair / "fsdp").state_dict())


@pytest.mark.slow
def test_only_the_first_process_writes(pair: Path):
    rows = [row.split(",") for row in (pair / "fsdp" / "log.csv").read_text().splitlines()]
    assert len({(row[0], row[1]) for row in rows}) == len(rows)
