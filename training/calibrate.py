"""Where 0 and 1000 stand: the real percentiles of a direction, told from the prediction's own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from engine.modality import Modality
from engine.networks.autoencoder import Autoencoder
from engine.presets import Preset
from training.data import Subject

_PULL = 4.0
"""Subjects' worth of evidence for slope 0: with few subjects the mean level is the safer guess."""

Line = tuple[float, float]


def fit_line(own: npt.NDArray[np.float64], real: npt.NDArray[np.float64]) -> Line:
    """(offset, slope) of real percentiles (subjects,) over the prediction's own; the slope is shrunk towards 0."""
    spread = own.var()
    if len(own) < 3 or spread == 0:
        return float(real.mean()), 0.0
    slope = float(np.mean((own - own.mean()) * (real - real.mean())) / spread) * len(own) / (len(own) + _PULL)
    return float(real.mean() - slope * own.mean()), slope


@torch.no_grad()
def calibrate(
    autoencoder: Autoencoder, ms_spade: nn.Module, subjects: Sequence[Subject], preset: Preset
) -> dict[Modality, dict[Modality, dict[str, Line]]]:
    """ "low" and "high" of every direction that the subjects have, from the prior's images of them."""
    pairs: dict[tuple[Modality, Modality], list[tuple[float, float, float, float]]] = {}
    for subject in subjects:
        for (source, target), own in _percentiles(autoencoder, ms_spade, subject, preset).items():
            pairs.setdefault((source, target), []).append((*own, *subject.levels[target]))
    lines: dict[Modality, dict[Modality, dict[str, Line]]] = {}
    for (source, target), rows in pairs.items():
        own_low, own_high, low, high = np.array(rows).T
        lines.setdefault(source, {})[target] = {"low": fit_line(own_low, low), "high": fit_line(own_high, high)}
    return lines


def _percentiles(
    autoencoder: Autoencoder, ms_spade: nn.Module, subject: Subject, preset: Preset
) -> dict[tuple[Modality, Modality], tuple[float, float]]:
    found: dict[tuple[Modality, Modality], tuple[float, float]] = {}
    inside = torch.from_numpy(subject.mask)
    with torch.autocast("cpu", torch.bfloat16):
        encoded = {
            m: autoencoder.encode(torch.from_numpy(x)[None, None].float(), torch.tensor([preset.index(m)]))
            for m, x in subject.images.items()
        }
        for source, target in permutations(subject.images, 2):
            index = torch.tensor([preset.index(target)])
            z, skip, drafts = encoded[source]
            image = autoencoder.decode(ms_spade(z, index), skip, drafts, index)[0, 0].float()
            low, high = np.percentile(image[inside].numpy(), [0.5, 99.5])
            found[source, target] = float(low), float(high)
    return found
