"""Learnt floors as the evaluation sees them: a name, a fingerprint, and an image in model units for a direction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import torch

from engine.bundle import Bundle
from engine.device import Device
from engine.errors import RespinError
from engine.files import write_text
from engine.refiner import Refiner
from engine.stages import Floats, Stages
from training.baselines.pix2pix import Generator
from training.baselines.regression import Normal, build_regression, regress
from training.loop import averaged

KINDS = ("regression", "pix2pix")
_TOLD = "baseline.json"


class Rival(Protocol):
    """What is measured beside a bundle, by the same masks, levels and metrics.

    name:   as it stands in the tables;  digest: of its weights
    """

    name: str
    digest: str

    def translate(self, image: Floats, source: int, target: int) -> Floats:
        """Image (x, y, z) in model units and two class indices -> the target in model units."""
        ...


class Regression:
    """z_source -> z_target in one pass, between a bundle's own encoder and decoder."""

    name = "regression"

    def __init__(self, run: Path, bundle: Bundle, device: Device, stages: Stages, refiner: Refiner) -> None:
        self.digest, self.device, self.stages, self.refiner = _digest(run), device, stages, refiner
        self.normal = Normal(bundle.latent_mean, bundle.latent_sd)
        self.through_codes = "sample" in bundle.preset.quantize
        self.unet = device.place(averaged({"unet": build_regression(bundle.preset)}, run)["unet"])

    def translate(self, image: Floats, source: int, target: int) -> Floats:
        """Encode, one pass, the codes where the bundle's samples take them, decode with what the source passes."""
        z, passed = self.stages.encode(image, source)
        with self.device.autocast():
            made = regress(self.unet, self.normal, z, target)
        return self.stages.decode(self.refiner.quantize(made) if self.through_codes else made, passed, target)


class Pix2Pix:
    """The generator alone, on the whole image."""

    name = "pix2pix"

    def __init__(self, run: Path, bundle: Bundle, device: Device, stages: Stages, refiner: Refiner) -> None:
        self.digest, self.device = _digest(run), device
        generator = averaged({"generator": Generator(len(bundle.preset.modalities))}, run)["generator"]
        self.generator = device.place(generator)

    @torch.no_grad()
    def translate(self, image: Floats, source: int, target: int) -> Floats:
        """One pass."""
        with self.device.autocast():
            there = torch.from_numpy(image)[None, None].to(self.device.name)
            classes = (torch.tensor([index], device=self.device.name) for index in (source, target))
            return self.generator(there, *classes)[0, 0].float().cpu().numpy()


_MAKERS: dict[str, Callable[[Path, Bundle, Device, Stages, Refiner], Rival]] = {
    "regression": Regression,
    "pix2pix": Pix2Pix,
}


def note(run: Path, kind: str, bundle: Bundle) -> None:
    """Write beside a run's checkpoints what it fits; refuses a run that was begun for something else."""
    told = _told(kind, bundle)
    path = run / _TOLD
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != told:
        raise RespinError(f"{run} was begun for another model than '{bundle.name}': give another --run.")
    run.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(told, indent=1) + "\n")


def open_rivals(
    runs: Sequence[Path], bundle: Bundle, device: Device, stages: Stages, refiner: Refiner
) -> tuple[Rival, ...]:
    """The learnt floors that lie in these runs of `python -m training baseline`, ready for this bundle."""
    made: list[Rival] = []
    for run in runs:
        kinds = [kind for kind in KINDS if (run / kind / "state.pt").is_file()]
        if not kinds:
            raise RespinError(f"{run} holds no baseline; train one with 'python -m training baseline'.")
        for kind in kinds:
            if json.loads((run / kind / _TOLD).read_text(encoding="utf-8")) != _told(kind, bundle):
                raise RespinError(f"{run / kind} does not fit the model '{bundle.name}': train the baseline for it.")
            made.append(_MAKERS[kind](run / kind, bundle, device, stages, refiner))
    return tuple(made)


def _told(kind: str, bundle: Bundle) -> dict[str, object]:
    """What a floor's weights depend on: Pix2Pix on classes and grid alone, regression on the bundle's latents too."""
    shape = bundle.preset.to_json()
    told = {"kind": kind, "modalities": shape["modalities"], "grid": shape["grid"]}
    if kind == "regression":
        told |= {"unet": shape["unet"], "encoder": bundle.hashes["encoder.onnx"], "latent": list(bundle.latent_mean)}
    return json.loads(json.dumps(told))


def _digest(run: Path) -> str:
    return hashlib.sha256((run / "state.pt").read_bytes()).hexdigest()[:12]
