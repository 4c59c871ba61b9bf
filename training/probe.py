"""Where a run stands, in a minute or two: the middle of the held-out brains, every direction, by the prior alone.

Quicker than `evaluate` and without a bundle; its numbers compare runs with each other, not with the card's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.alarms import middle
from engine.device import computes_half
from engine.levels import Levels, profile
from engine.metrics import ssim_map
from engine.modality import Modality
from engine.networks.light import nothing
from engine.presets import PRESETS, Preset
from training.calibrate import calibrate
from training.data import Subject, load_split
from training.scoring import gradient_energy
from training.stages import stage_one

Unit = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """One result on a few slices. psnr: in the brain, dB; levelled: the same after the best gain and offset;
    ssim; sharpness: energy of the gradient, result over truth. source is target: a reconstruction through the codes."""

    source: Modality
    target: Modality
    psnr: float
    levelled: float
    ssim: float
    sharpness: float


def probe(data: Path, preset_name: str, run: Path, slices: int, threads: int) -> str:
    """A table: the mean over the held-out subjects of every direction, and over all directions."""
    torch.set_num_threads(threads)
    preset = PRESETS[preset_name]
    networks = stage_one(preset, run)
    levels = {
        (source, target): Levels.from_json(told)
        for source, targets in calibrate(load_split(data, preset.grid, run)).items()
        for target, told in targets.items()
    }
    held_out = load_split(data, preset.grid, run, "validation")
    looks = [look for subject in held_out for look in looked(networks, preset, subject, levels, slices)]
    return table(looks)


@torch.inference_mode()
def looked(
    networks: nn.ModuleDict,
    preset: Preset,
    subject: Subject,
    levels: dict[tuple[Modality, Modality], Levels],
    slices: int,
) -> list[Look]:
    """Every direction of a subject, and its reconstructions: a list, for autocast would not outlast a pause."""
    looks: list[Look] = []
    autoencoder: Any = networks["autoencoder"]
    cut = middle(subject.mask.shape[2], slices)
    inside = np.asarray(subject.mask[..., cut])
    with torch.autocast("cpu", torch.bfloat16, computes_half("cpu")):
        for source, whole in subject.images.items():
            index = torch.tensor([preset.index(source)])
            z, *passed = autoencoder.encode(_tensor(whole[..., cut]), index)
            codes = autoencoder.quantize(z.float())[0]
            again = autoencoder.decode(codes, *nothing(*passed), index)
            own = Levels(*subject.levels[source])
            looks.append(_look((source, source), _unit(again, own), _unit(_tensor(whole[..., cut]), own), inside))
            image = np.asarray(whole, np.float32)
            seen = profile(image, image > 0)
            for target in (m for m in subject.images if m is not source):
                wanted = torch.tensor([preset.index(target)])
                prior = networks["ms_spade"](codes if "source" in preset.quantize else z, wanted)
                made = autoencoder.decode(prior, *passed, wanted)
                truth = _unit(_tensor(subject.images[target][..., cut]), Levels(*subject.levels[target]))
                looks.append(_look((source, target), _unit(made, levels[source, target].of(seen)), truth, inside))
    return looks


def _tensor(image: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]


def _unit(image: Tensor, levels: Levels) -> Unit:
    """Model units -> 0 and 1 at the levels, clipped: (x, y, z)."""
    return ((image[0, 0].float() - levels.low) / (levels.high - levels.low)).clamp(0, 1).numpy()


def _look(pair: tuple[Modality, Modality], made: Unit, truth: Unit, inside: npt.NDArray[np.bool_]) -> Look:
    made, truth = np.where(inside, made, 0), np.where(inside, truth, 0)
    a, b = made[inside].astype(np.float64), truth[inside].astype(np.float64)
    gain, offset = np.polyfit(a, b, 1)
    ssim = ssim_map(truth.astype(np.float64), made.astype(np.float64))[inside].mean()
    share = gradient_energy(made, inside) / max(gradient_energy(truth, inside), 1e-12)
    return Look(*pair, _psnr(a, b), _psnr(gain * a + offset, b), float(ssim), share)


def _psnr(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    return float(-10 * np.log10(max(np.square(a - b).mean(), 1e-12)))


def table(looks: Sequence[Look]) -> str:
    """Means by direction as lines of text; the last two are those of all directions, and of the reconstructions."""
    lines = [f"{'':>14}   PSNR  levelled   SSIM  sharpness"]
    for pair in dict.fromkeys((look.source, look.target) for look in looks):
        if pair[0] is not pair[1]:
            of_pair = [look for look in looks if (look.source, look.target) == pair]
            lines.append(_line(f"{pair[0].label} -> {pair[1].label}", of_pair))
    lines.append(_line("all directions", [look for look in looks if look.source is not look.target]))
    lines.append(_line("reconstruction", [look for look in looks if look.source is look.target]))
    return "\n".join(lines)


def _line(name: str, looks: Sequence[Look]) -> str:
    psnr, levelled, ssim, sharpness = np.mean([astuple(look)[2:] for look in looks], axis=0)
    return f"{name:>14}  {psnr:5.2f}     {levelled:5.2f}  {ssim:.4f}      {sharpness:.3f}"
