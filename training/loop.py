"""The training loop of every stage: losses of each part, clip, step, average, checkpoint, resume.

A step is made of `shards` batches: `accumulate` in each of the processes. Batch and noise of a shard depend on the
seed, the step and the shard alone, so that two processes do what one does that accumulates two.
"""

from __future__ import annotations

import copy
import json
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor
from torch.nn import Parameter

from engine.errors import RespinError
from engine.files import write_text
from training import checkpoint
from training.launch import Machine
from training.logbook import Logbook
from training.montage import Montage
from training.optimizers import PartOptimizer
from training.recipes import Recipe
from training.recompute import recompute_blocks
from training.sharding import clip, load, local, share_out, whole
from training.thin import ExactWhereThin

CHECKPOINT_SECONDS = 180.0
LOG_EVERY = 50
STOPPED = 143
"""Exit code of a run that was told to end (128 + SIGTERM)."""

BatchOf = Callable[[int, int], Any]
"""(step, number of the batch: `step * shards + shard`) -> batch."""


class Stage(Protocol):
    """Networks and losses of one stage of training."""

    def parts(self) -> dict[str, Iterable[Parameter]]: ...
    def due(self, part: str, step: int) -> bool: ...
    def exported(self) -> dict[str, nn.Module]: ...
    def notes(self) -> dict[str, float]: ...
    def settle(self, step: int, machine: Machine) -> None: ...
    def __call__(self, part: str, batch: Any, step: int) -> dict[str, Tensor]: ...


def rate_at(step: int, recipe: Recipe) -> float:
    """Share of the learning rate: warm-up, constant, then linearly to 0 over the cool-down."""
    left = (recipe.steps - step) / max(recipe.cooldown * recipe.steps, 1)
    return max(min((step + 1) / max(recipe.warmup, 1), left, 1.0), 0.0)


def seed_step(recipe: Recipe, number: int) -> None:
    """Every random draw of a batch depends on the recipe's seed and the number of the batch alone."""
    torch.manual_seed(recipe.seed * 1_000_003 + number)


def train(
    stage: nn.Module,
    batch_of: BatchOf,
    recipe: Recipe,
    run: Path,
    machine: Machine,
    tensorboard: bool = False,
    montage: Montage | None = None,
) -> nn.Module:
    """Train to `recipe.steps`, from the checkpoint in `run` where there is one; returns the averaged networks.

    The state in `run`/state.pt and the log in `run`/log.csv are enough to resume exactly after a kill. SIGTERM ends the
    run after the step at hand, with a checkpoint, by `SystemExit(STOPPED)`.
    """
    if machine.first:
        run.mkdir(parents=True, exist_ok=True)
        write_text(run / "recipe.json", json.dumps(asdict(recipe), indent=1) + "\n")
    log = Logbook(run, recipe.steps, tensorboard) if machine.first else None
    trainer = _Trainer(stage, recipe, run, machine, log)
    try:
        with _told_to_stop() as told:
            _run(trainer, batch_of, montage, told)
    finally:
        if log is not None:
            log.close()
    return trainer.whole_average()


def _run(trainer: _Trainer, batch_of: BatchOf, montage: Montage | None, told: threading.Event) -> None:
    recipe, machine = trainer.recipe, trainer.machine
    saved = time.monotonic()
    for step in range(trainer.resume(), recipe.steps):
        trainer.step(batch_of, step)
        stop = machine.any(told.is_set())
        last = step + 1 == recipe.steps
        late = machine.first and time.monotonic() - saved > CHECKPOINT_SECONDS
        pause = (step + 1) % LOG_EVERY == 0 and machine.any(late)
        if stop or pause or last:
            trainer.save(step + 1)
            saved = time.monotonic()
        if montage is not None and (last or machine.any(machine.first and montage.due())):
            average = trainer.whole_average()
            if machine.first:
                montage.write(average, step + 1)
        if stop and step + 1 < recipe.steps:
            if trainer.log is not None:
                trainer.log.say(f"stopped at step {step + 1} of {recipe.steps}; the same command goes on from there")
            raise SystemExit(STOPPED)


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set once SIGTERM arrives (Slurm sends it before a time limit); the handler that was there comes back."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = signal.signal(signal.SIGTERM, lambda *_: told.set())
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, before)


class _Trainer:
    def __init__(self, stage: nn.Module, recipe: Recipe, run: Path, machine: Machine, log: Logbook | None) -> None:
        self.recipe, self.run, self.machine, self.log = recipe, run, machine, log
        self.stage: Any = stage.to(machine.fabric.device)
        self.average = copy.deepcopy(nn.ModuleDict(self.stage.exported())).eval()
        self.plan = copy.deepcopy(self.average).to("meta")
        if machine.sharded:  # of weights in their usual order: FSDP knows no other
            mesh = init_device_mesh(machine.fabric.device.type, (machine.world,))
            share_out(self.stage, mesh)
            share_out(self.average, mesh)
        else:
            self.stage.to(memory_format=torch.channels_last_3d)
            self.average.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]
        self.parameters = {name: list(parameters) for name, parameters in self.stage.parts().items()}
        self.optimizers = {name: PartOptimizer(p, recipe, machine.sharded) for name, p in self.parameters.items()}
        live = nn.ModuleDict(self.stage.exported()).state_dict()
        pairs = [(name, mean, live[name]) for name, mean in self.average.state_dict().items()]
        # The codebook moves by an average of its own.
        self.copied = [(local(mean), local(now)) for name, mean, now in pairs if "quantizer" in name]
        self.averaged = [local(mean) for name, mean, _ in pairs if "quantizer" not in name]
        self.averaging = [local(now) for name, _, now in pairs if "quantizer" not in name]
        if machine.recompute:
            recompute_blocks(self.stage)
        self.sums: dict[str, list[Tensor | float]] = {}
        self.since = time.monotonic()
        self.seconds = 0.0

    def step(self, batch_of: BatchOf, step: int) -> None:
        """One move of every part that is due."""
        due = [part for part in self.optimizers if self.stage.due(part, step)]
        for part in due:
            for parameter in self.parameters[part]:
                parameter.grad = None
        shards = self.machine.world * self.recipe.accumulate
        for shard in range(self.recipe.accumulate):
            number = step * shards + self.machine.fabric.global_rank * self.recipe.accumulate + shard
            batch = self._moved(batch_of(step, number))
            seed_step(self.recipe, number)
            for part in due:
                with self._alone(part):
                    self._learn(part, batch, step)
        for part in due:
            self._move(part, step)
        self.stage.settle(step, self.machine)
        self._average(step)
        if self.log is not None:
            self.log.tick(step + 1)
        if (step + 1) % LOG_EVERY == 0:
            self._write(step + 1)

    @contextmanager
    def _alone(self, part: str) -> Iterator[None]:
        """The losses of a part pass through the others without leaving anything there."""
        others = [p for name, parameters in self.parameters.items() if name != part for p in parameters]
        for parameter in others:
            parameter.requires_grad_(False)
        try:
            yield
        finally:
            for parameter in others:
                parameter.requires_grad_(True)

    def _moved(self, batch: Any) -> Any:
        return self.machine.fabric.to_device(batch)

    def _learn(self, part: str, batch: Any, step: int) -> None:
        """Gradients of a batch, added to those of the batches before."""
        with ExactWhereThin():
            with torch.autocast(self.machine.fabric.device.type, torch.bfloat16, enabled=self.machine.bf16):
                losses = self.stage(part, batch, step)
            (torch.stack(list(losses.values())).sum() / self.recipe.accumulate).backward()
        for name, value in losses.items():
            self.sums.setdefault(name, []).append(value.detach())

    def _move(self, part: str, step: int) -> None:
        parameters, optimizer = self.parameters[part], self.optimizers[part]
        gradients = [p.grad for p in parameters if p.grad is not None]
        sharded = any(isinstance(gradient, DTensor) for gradient in gradients)
        self.machine.mean([gradient for gradient in gradients if not isinstance(gradient, DTensor)])
        limit = self.recipe.clip
        norm = clip(parameters, limit, self.machine) if sharded else nn.utils.clip_grad_norm_(parameters, limit)
        if torch.isfinite(norm):
            optimizer.step(self.recipe.rate * rate_at(step, self.recipe))
        self.sums.setdefault(f"norm_{part}", []).append(norm)

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self.recipe.ema, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.averaged, self.averaging, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
        for mean, live in self.copied:
            mean.copy_(live)

    def _write(self, step: int) -> None:
        """An entry of the log: means over the steps since the last one, and over the processes."""
        means = {name: sum(map(float, values)) / len(values) for name, values in self.sums.items()}
        self.sums.clear()
        if self.machine.world > 1:
            over_all = torch.tensor(list(means.values()), device=self.machine.fabric.device)
            self.machine.mean([over_all])
            means = dict(zip(means, over_all.tolist(), strict=True))
        if self.log is not None:
            self.log.write(step, means | self.stage.notes())  # pyright: ignore[reportCallIssue]

    def save(self, step: int) -> None:
        """Everything that the next step depends on, whole: a run may go on in more processes, or in fewer."""
        now = time.monotonic()
        self.seconds, self.since = self.seconds + now - self.since, now
        state = {
            "step": step,
            "seconds": self.seconds,
            "sums": {name: [float(value) for value in values] for name, values in self.sums.items()},
            "stage": self.stage.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
        }
        state = whole(state, self.machine.first)
        if self.machine.first:
            checkpoint.save(self.run / "state.pt", state)
        self.machine.wait()  # else another process may begin anew before the file is there

    def whole_average(self) -> nn.Module:
        """The averaged networks, put together where they are shared out. All processes must ask."""
        if not self.machine.sharded:
            return self.average
        networks = copy.deepcopy(self.plan).to_empty(device=self.machine.fabric.device)
        networks.load_state_dict(whole(self.average.state_dict()))
        return networks

    def resume(self) -> int:
        """Load the checkpoint of the run, if there is one; returns the step to take next."""
        path = self.run / "state.pt"
        if not self._seen_by_all(path):
            return 0
        state = checkpoint.load(path)
        load(self.stage, state["stage"])
        load(self.average, state["average"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.seconds = float(state["seconds"])
        self.sums = {name: list(values) for name, values in state.get("sums", {}).items()}
        if self.log is not None:
            self.log.resume(int(state["step"]))
        return int(state["step"])

    def _seen_by_all(self, path: Path) -> bool:
        """Whether a file is there; refused where some processes see it and others do not."""
        here = path.is_file()
        if self.machine.any(here) and self.machine.any(not here):
            raise RespinError(f"Only some processes see {path}: --run must lie on a disk that all nodes share.")
        return here


def history(run: Path) -> tuple[Recipe, int, float]:
    """Recipe, steps taken and hours of a run."""
    values = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    state = checkpoint.load(run / "state.pt")
    return Recipe(**values), int(state["step"]), float(state["seconds"]) / 3600


def averaged(networks: dict[str, nn.Module], run: Path) -> nn.ModuleDict:
    """These networks with the averaged weights of a run, ready to be used."""
    modules = nn.ModuleDict(networks)
    modules.load_state_dict(checkpoint.load(run / "state.pt")["average"])
    return modules.to(memory_format=torch.channels_last_3d).eval()  # pyright: ignore[reportCallIssue]
