"""The training loop of every stage: losses of each part, clip, step, average, checkpoint, resume."""

from __future__ import annotations

import copy
import csv
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn import Parameter

from engine.files import write_text
from training import checkpoint
from training.recipes import Recipe

CHECKPOINT_SECONDS = 180.0
LOG_EVERY = 50


class Stage(Protocol):
    """Networks and losses of one stage of training."""

    def parts(self) -> dict[str, Iterable[Parameter]]: ...
    def due(self, part: str, step: int) -> bool: ...
    def exported(self) -> dict[str, nn.Module]: ...
    def __call__(self, part: str, batch: Any, step: int) -> dict[str, Tensor]: ...


def rate_at(step: int, recipe: Recipe) -> float:
    """Share of the learning rate: warm-up, constant, then linearly to 0 over the cool-down."""
    left = (recipe.steps - step) / max(recipe.cooldown * recipe.steps, 1)
    return max(min((step + 1) / max(recipe.warmup, 1), left, 1.0), 0.0)


def seed_step(recipe: Recipe, step: int) -> None:
    """Every random draw of a step depends on the recipe's seed and the step alone."""
    torch.manual_seed(recipe.seed * 1_000_003 + step)


def train(stage: nn.Module, batch_of: Callable[[int], Any], recipe: Recipe, run: Path, fabric: Fabric) -> nn.Module:
    """Train to `recipe.steps`, from the checkpoint in `run` where there is one; returns the averaged networks.

    The state in `run`/state.pt and the log in `run`/log.csv are enough to resume exactly after a kill.
    """
    run.mkdir(parents=True, exist_ok=True)
    write_text(run / "recipe.json", json.dumps(asdict(recipe), indent=1) + "\n")
    trainer = _Trainer(stage, recipe, run, fabric)
    first = trainer.resume()
    saved = time.monotonic()
    for step in range(first, recipe.steps):
        trainer.step(batch_of(step), step)
        pause = (step + 1) % LOG_EVERY == 0 and time.monotonic() - saved > CHECKPOINT_SECONDS
        if pause or step + 1 == recipe.steps:
            trainer.save(step + 1)
            saved = time.monotonic()
    return trainer.average


class _Trainer:
    def __init__(self, stage: nn.Module, recipe: Recipe, run: Path, fabric: Fabric) -> None:
        self.stage, self.recipe, self.run, self.fabric = stage, recipe, run, fabric
        stage.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]
        parts: dict[str, Iterable[Parameter]] = stage.parts()  # pyright: ignore[reportCallIssue]
        self.parameters = {name: list(parameters) for name, parameters in parts.items()}
        optimizers = {
            name: torch.optim.AdamW(p, lr=recipe.rate, betas=(0.9, 0.99), weight_decay=1e-4)
            for name, p in self.parameters.items()
        }
        self.module, *prepared = fabric.setup(stage, *optimizers.values())
        self.optimizers: dict[str, Any] = dict(zip(optimizers, prepared, strict=True))
        self.average = copy.deepcopy(nn.ModuleDict(stage.exported())).eval()  # pyright: ignore[reportCallIssue]
        live = nn.ModuleDict(stage.exported()).state_dict()  # pyright: ignore[reportCallIssue]
        pairs = [(name, mean, live[name]) for name, mean in self.average.state_dict().items()]
        # The codebook moves by an average of its own.
        self.copied = [(mean, now) for name, mean, now in pairs if "quantizer" in name]
        self.averaged = [mean for name, mean, _ in pairs if "quantizer" not in name]
        self.averaging = [now for name, _, now in pairs if "quantizer" not in name]
        self.sums: dict[str, list[float]] = {}
        self.began = self.since = time.monotonic()
        self.seconds = 0.0

    def step(self, batch: Any, step: int) -> None:
        """One move of every part that is due."""
        seed_step(self.recipe, step)
        for part, optimizer in self.optimizers.items():
            if not self.stage.due(part, step):  # pyright: ignore[reportCallIssue]
                continue
            for group in optimizer.param_groups:
                group["lr"] = self.recipe.rate * rate_at(step, self.recipe)
            with torch.autocast(self.fabric.device.type, torch.bfloat16):
                losses = self.module(part, batch, step)
            optimizer.zero_grad()
            self.fabric.backward(torch.stack(list(losses.values())).sum())
            norm = nn.utils.clip_grad_norm_(self.parameters[part], self.recipe.clip)
            if torch.isfinite(norm):
                optimizer.step()
            self._note({name: float(v.detach()) for name, v in losses.items()} | {f"norm_{part}": float(norm)})
        self._average(step)
        if (step + 1) % LOG_EVERY == 0:
            self._log(step + 1)

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self.recipe.ema, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.averaged, self.averaging, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
        for mean, live in self.copied:
            mean.copy_(live)

    def _note(self, losses: dict[str, float]) -> None:
        for name, value in losses.items():
            self.sums.setdefault(name, []).append(value)

    def _log(self, step: int) -> None:
        means = {name: sum(values) / len(values) for name, values in self.sums.items()}
        self.sums.clear()
        seconds = (time.monotonic() - self.began) / LOG_EVERY
        self.began = time.monotonic()
        with open(self.run / "log.csv", "a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerows([step, name, f"{value:.6g}"] for name, value in means.items())
        words = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        print(f"step {step}/{self.recipe.steps}  {seconds:.2f} s  {words}", file=sys.stderr, flush=True)

    def save(self, step: int) -> None:
        """Everything that the next step depends on."""
        now = time.monotonic()
        self.seconds, self.since = self.seconds + now - self.since, now
        state = {
            "step": step,
            "seconds": self.seconds,
            "stage": self.stage.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
        }
        checkpoint.save(self.run / "state.pt", state)

    def resume(self) -> int:
        """Load the checkpoint of the run, if there is one; returns the step to take next."""
        path = self.run / "state.pt"
        if not path.is_file():
            return 0
        state = checkpoint.load(path)
        self.stage.load_state_dict(state["stage"])
        self.average.load_state_dict(state["average"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.seconds = float(state["seconds"])
        self._forget_after(int(state["step"]))
        return int(state["step"])

    def _forget_after(self, step: int) -> None:
        """Drop what the log says of steps that the checkpoint has not seen: they are taken again."""
        log = self.run / "log.csv"
        rows = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        kept = [row for row in rows if int(row.split(",")[0]) <= step]
        write_text(log, "".join(f"{row}\n" for row in kept))


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
