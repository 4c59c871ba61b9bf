"""Two processes are one that gathers two batches: the same losses, the same weights; shared out (FSDP) or not."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import RespinError
from engine.modality import Modality
from engine.networks.model import build_autoencoder, build_ms_spade
from engine.presets import AutoencoderShape, Preset, SpadeShape
from tests.bundles import TINY, networks
from tests.training.conftest import QUICK
from training import checkpoint, loop
from training.autoencoder import AutoencoderStage
from training.data import Subject, draw
from training.diffusion import DiffusionStage, Latents, draw_latents
from training.launch import Machine, _buckets, launch
from training.loop import train
from training.sharding import local

REPOSITORY = Path(__file__).resolve().parents[2]
PAPERLIKE = replace(
    TINY,
    name="paperlike",
    autoencoder=AutoencoderShape("vqgan", (32, 32, 32), blocks=1, mid_blocks=1, latent=3, codes=64),
    spade=SpadeShape("table-b", (16,) * 7),
    quantize=("source", "sample"),
)
"""The paper's networks, a few channels wide."""
ONE = replace(QUICK, steps=4, crop=16, crop_cooldown=16, reconstruct_every=1, pretrain=0.25, adversary_from=0.25)
FIVE = replace(
    replace(ONE, steps=2, batch=1, batch_cooldown=1, warmup=0, cooldown=0.0, pretrain=0.0, adversary_from=0.0),
    rate=1e-6,  # a step of Adam is as long as the rate, also where the gradient is rounding and nothing else
    perceptual=1.0,
    adaptive=True,
    codebook="gradient",
    cycle_every=1,
)
RECIPE = replace(QUICK, steps=4, crop=32, crop_cooldown=32, cooldown=0.0)


def latents() -> list[Latents]:
    generator = torch.Generator().manual_seed(0)
    width = TINY.autoencoder.latent
    shapes = [(12, 10, 11), (9, 12, 10)]
    return [
        Latents(
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


def autoencode(run: Path, machine: Machine, accumulate: int, subjects: list[Subject], preset: Preset, die_at: int = -1):
    """Stage 1, adversary included; a log entry and a checkpoint after every (of four: every second) step."""
    loop.LOG_EVERY, loop.CHECKPOINT_SECONDS = (1 if preset is PAPERLIKE else 2), -1.0
    recipe = replace(FIVE if preset is PAPERLIKE else ONE, accumulate=accumulate)

    def batch_of(step: int, number: int):
        if step == die_at:
            raise KeyboardInterrupt
        return draw(subjects, preset, *recipe.crops_at(step), 0, number, False)

    torch.manual_seed(0)
    stage = AutoencoderStage(preset, recipe)
    return stage, train(stage, batch_of, recipe, run, machine)


def pair_of_runs(subjects: list[Subject], out: Path):
    """What each of two processes does."""
    machine = launch(1, precision="32")
    assert machine.world == 2
    denoise(out / "diffusion", machine, 1)
    stage, _ = autoencode(out / "autoencoder", machine, 1, subjects, TINY)
    torch.save(stage.state_dict(), out / f"rank{machine.fabric.global_rank}.pt")
    autoencode(out / "ddp", machine, 1, subjects, PAPERLIKE)
    sharing = replace(machine, sharded=True, recompute=True)
    with pytest.raises(KeyboardInterrupt):
        autoencode(out / "fsdp", sharing, 1, subjects, PAPERLIKE, die_at=1)
    if machine.first:
        shutil.copytree(out / "fsdp", out / "stopped")
    stage, average = autoencode(out / "fsdp", sharing, 1, subjects, PAPERLIKE)
    held = sum(local(p).numel() for p in stage.autoencoder.parameters())
    torch.save(average.state_dict() | {"held": torch.tensor(held)}, out / f"average{machine.fabric.global_rank}.pt")
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
    out = tmp_path_factory.mktemp("pair")
    (out / "program.py").write_text(PROGRAM)
    words = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", out / "program.py", folder, out]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *map(str, words)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def assert_same_run(one: Path, other: Path):
    """The log of each loss, and every weight, average and moment."""
    logs = [(run / "log.csv").read_text().split() for run in (one, other)]
    assert [row.rsplit(",", 1)[0] for row in logs[0]] == [row.rsplit(",", 1)[0] for row in logs[1]]
    losses = [[float(row.rsplit(",", 1)[1]) for row in log] for log in logs]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4, abs=1e-6)
    states = [checkpoint.load(run / "state.pt") for run in (one, other)]
    for part in ("stage", "average", "optimizers"):
        torch.testing.assert_close(states[0][part], states[1][part], rtol=1e-3, atol=1e-5)


def assert_alike(one: Path, other: Path):
    """Losses, and how far weights, averages and moments came; rounding is not the same where the memory is not."""
    losses = [[row.split(",") for row in (run / "log.csv").read_text().split()] for run in (one, other)]
    assert [row[:2] for row in losses[0]] == [row[:2] for row in losses[1]]
    assert [float(row[2]) for row in losses[0]] == pytest.approx(
        [float(row[2]) for row in losses[1]], rel=1e-3, abs=1e-5
    )
    states = [checkpoint.load(run / "state.pt") for run in (one, other)]
    torch.manual_seed(0)
    start = AutoencoderStage(PAPERLIKE, FIVE).state_dict()
    for part in ("stage", "average"):
        ways = [torch.cat([(state[part][n] - start[n]).reshape(-1) for n in states[0][part]]) for state in states]
        assert float((ways[0] - ways[1]).norm() / ways[0].norm()) < 0.02
    for moment in ("exp_avg", "exp_avg_sq"):
        ways = [
            torch.cat([of[moment].reshape(-1) for of in state["optimizers"]["model"]["state"].values()])
            for state in states
        ]
        assert float((ways[0] - ways[1]).norm() / ways[0].norm()) < 0.02


@pytest.mark.slow
def test_two_processes_do_what_one_does_with_twice_the_batches(pair: Path, tmp_path: Path):
    denoise(tmp_path / "one", launch(1, devices=1, precision="32"), accumulate=2)
    assert_same_run(tmp_path / "one", pair / "diffusion")


@pytest.mark.slow
def test_so_they_do_in_stage_1_codes_and_adversary_included(pair: Path, tmp_path: Path, subjects: list[Subject]):
    autoencode(tmp_path / "one", launch(1, devices=1, precision="32"), 2, subjects, TINY)
    assert_same_run(tmp_path / "one", pair / "autoencoder")
    names = {row.split(",")[1] for row in (pair / "autoencoder" / "log.csv").read_text().split()}
    assert {"commitment", "adversary", "discriminator", "codes", "cycle"} <= names


@pytest.mark.slow
def test_weights_shared_out_learn_as_whole_ones_do(pair: Path):
    """Also across a stop: the second half goes on from a checkpoint."""
    assert_alike(pair / "ddp", pair / "fsdp")


@pytest.mark.slow
def test_a_run_that_shared_its_weights_goes_on_in_one_process(pair: Path, tmp_path: Path, subjects: list[Subject]):
    run = shutil.copytree(pair / "stopped", tmp_path / "run")
    autoencode(run, launch(1, devices=1, precision="32"), 2, subjects, PAPERLIKE)
    assert_alike(pair / "ddp", run)


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
def test_all_processes_hold_the_same_weights_codes_included(pair: Path):
    one, other = (torch.load(pair / f"rank{rank}.pt", weights_only=True) for rank in (0, 1))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert float(one["codes.count"].sum()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("run", ["autoencoder", "fsdp"])
def test_only_the_first_process_writes(pair: Path, run: str):
    rows = [row.split(",") for row in (pair / run / "log.csv").read_text().splitlines()]
    assert len({(row[0], row[1]) for row in rows}) == len(rows)


def test_one_process_has_nobody_to_share_with():
    with pytest.raises(RespinError, match="one process, and nobody to share weights with"):
        launch(1, strategy="fsdp")


def test_an_unknown_strategy_is_refused():
    with pytest.raises(RespinError, match="'deepspeed' is not a strategy; use auto, ddp, fsdp"):
        launch(1, strategy="deepspeed")


def test_gradients_travel_in_parcels_that_lose_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("training.launch._BUCKET", 10)
    tensors = [torch.zeros(size) for size in (4, 5, 6, 30, 1, 2)]
    buckets = _buckets(tensors)
    assert [[len(tensor) for tensor in bucket] for bucket in buckets] == [[4, 5], [6], [30], [1, 2]]
    assert _buckets([]) == []


def test_an_unknown_precision_is_refused():
    with pytest.raises(RespinError, match="'fp8' is not a precision"):
        launch(1, precision="fp8")
