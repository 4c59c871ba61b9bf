"""Pictures of a run on its way: source, result, truth and difference of fixed crops."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.atomic import replacing
from engine.bundle_writer import START, STEPS
from engine.networks.unet import condition_of
from engine.presets import Preset
from engine.progress import finish
from engine.sampling import Plan, sample
from engine.synthesis import Mode
from training.data import Batch

Translate = Callable[[nn.Module, Batch], Tensor]
"""(the averaged networks of a run, crops) -> the targets (B, 1, c, c, c) in model units."""
Picture = npt.NDArray[np.uint8]

_BRIGHTEST, _WORST = 1.75, 0.5
"""Model units shown as white; difference shown in full colour (two standard deviations of the brain)."""
_ZOOM = 2
_LINE = 14
"""Pixels of the line of words."""


class Montage:
    """Writes `run`/montage_00001000.png every so many minutes; the crops stay the same."""

    def __init__(self, crops: Batch, translate: Translate, run: Path, minutes: float) -> None:
        self.crops, self.translate, self.run, self.seconds = crops, translate, run, 60 * minutes
        self.last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.monotonic() - self.last >= self.seconds

    @torch.no_grad()
    def write(self, average: nn.Module, step: int) -> None:
        """The crops as these networks see them, as a PNG."""
        self.last = time.monotonic()
        device = next(average.parameters()).device
        there = Batch(*(tensor.to(device) for tensor in self.crops))
        made = self.translate(average, there).float().cpu() * self.crops.mask
        write_png(self.run / f"montage_{step:08d}.png", rows_of(self.crops, made))


def rows_of(crops: Batch, made: Tensor) -> Picture:
    """One row a crop: its middle axial slice as source, result, truth, and difference (red: too bright)."""
    rows: list[Picture] = []
    for source, result, truth in zip(crops.source, made, crops.target * crops.mask, strict=True):
        middle = source.shape[-1] // 2
        cut = [np.flipud(volume[0, :, :, middle].numpy().T) for volume in (source, result, truth)]
        rows.append(np.concatenate([*map(grey, cut), signed(cut[1], cut[2])], axis=1))
    return np.concatenate(rows)


def grey(image: npt.NDArray[np.float32], brightest: float = _BRIGHTEST) -> Picture:
    """(h, w) -> (h, w, 3), 0 black."""
    level = (np.clip(image / brightest, 0, 1) * 255).astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=-1)


def signed(made: npt.NDArray[np.float32], truth: npt.NDArray[np.float32], worst: float = _WORST) -> Picture:
    """Two (h, w) -> (h, w, 3): white where equal, red where made is more, blue where less; black where both are 0."""
    level = np.clip((made - truth) / worst, -1, 1)
    rgb = np.stack([1 + np.minimum(level, 0), 1 - np.abs(level), 1 - np.maximum(level, 0)], axis=-1)
    return (rgb * 255 * ((made != 0) | (truth != 0))[..., None]).astype(np.uint8)


def write_png(path: Path, picture: Picture, words: str = "SYNTHETIC - AI - not for diagnosis") -> None:
    """Twice as large, under a line of words, whole or not at all."""
    from PIL import Image, ImageDraw

    large = np.kron(picture, np.ones((_ZOOM, _ZOOM, 1), np.uint8))
    sheet = Image.new("RGB", (large.shape[1], large.shape[0] + _LINE))
    ImageDraw.Draw(sheet).text((3, 1), words, fill=(255, 170, 0))
    sheet.paste(Image.fromarray(large), (0, _LINE))
    with replacing(path) as stream:
        sheet.save(stream, format="PNG")


def by_prior(preset: Preset) -> Translate:
    """What stage 1 makes: encode, MS-SPADE, decode."""

    def translate(networks: nn.Module, crops: Batch) -> Tensor:
        _, prior, passed = _priors(networks, preset, crops)
        return _part(networks, "autoencoder").decode(prior, *passed, crops.target_class)

    return translate


def by_sampler(first: nn.Module, preset: Preset, mean: Tensor, sd: Tensor) -> Translate:
    """What stage 2 makes with the networks of stage 1: the shortcut that a bundle would take from z_prior."""
    plan = Plan(Mode.SHORTCUT, STEPS[Mode.SHORTCUT], START)

    def translate(networks: nn.Module, crops: Batch) -> Tensor:
        stage_one = first.to(crops.source.device)
        centre, spread = (part.reshape(1, -1, 1, 1, 1).to(crops.source.device) for part in (mean, sd))
        z, z_prior, passed = _priors(stage_one, preset, crops)
        source, prior = (z - centre) / spread, (z_prior - centre) / spread
        condition = condition_of(preset.unet.concat, prior, source)

        def denoise(z_t: Tensor, t: Tensor) -> Tensor:
            return _part(networks, "unet")(z_t, condition, t.expand(len(z_t)), crops.target_class)

        latent = finish(sample(denoise, prior, plan, 0, preset.unet.predicts))
        return _part(stage_one, "autoencoder").decode(latent * spread + centre, *passed, crops.target_class)

    return translate


def _priors(networks: nn.Module, preset: Preset, crops: Batch) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """z_source, z_prior, and what passes by them."""
    autoencoder = _part(networks, "autoencoder")
    z, *passed = autoencoder.encode(crops.source, crops.source_class)
    if "source" in preset.quantize:
        z = autoencoder.quantize(z)[0]
    return z, _part(networks, "ms_spade")(z, crops.target_class), tuple(passed)


def _part(networks: nn.Module, name: str) -> Any:
    return networks.get_submodule(name)
