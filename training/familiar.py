"""What the training subjects' scans have in common: numbers for the manifest, limits by leaving one out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from engine.alarms import middle, round_trip, way_back
from engine.bundle import Bundle
from engine.device import Device
from engine.familiar import Familiar, Kin, Norm, latent_numbers, look
from engine.modality import Modality
from engine.preprocess import tissue
from engine.presets import Grid
from engine.stages import Stages
from engine.volume import Volume
from training.diffusion import Latents
from training.phantom.folder import real_ones
from training.subject import Subject

_MARGIN = 1.25
"""Limits in the largest distance of a training subject from all others: a dozen do not show every kind of scan."""
_DEPTH = 24
"""Axial slices of a training subject that are encoded: those that an alarm looks at, and what lies around them."""
_FEWEST = 4
"""Subjects of a modality below which nothing is known of it."""

Numbers = npt.NDArray[np.floating[Any]]


def learn(subjects: Sequence[Subject], latents: Sequence[Latents], grid: Grid) -> Familiar:
    """Every modality that enough subjects have, real ones if there are any. latents: of the same, in the same order."""
    kin: dict[Modality, Kin] = {}
    of = {subject.name: z for subject, z in zip(subjects, latents, strict=True)}
    known = [(subject, of[subject.name]) for subject in real_ones(subjects)]
    for modality in Modality:
        pairs = [(subject, z) for subject, z in known if modality in subject.images]
        if len(pairs) < _FEWEST:
            continue
        looks = [look(_brain(subject, modality, grid)) for subject, _ in pairs]
        inside = [tissue(np.asarray(subject.images[modality], np.float32), grid) for subject, _ in pairs]
        means = [latent_numbers(_array(z.z[modality]), where) for (_, z), where in zip(pairs, inside, strict=True)]
        grain = _MARGIN * max(grain for _, grain in looks)
        kin[modality] = Kin(norm_of(np.stack([n for n, _ in looks])), grain, norm_of(np.stack(means)))
    return Familiar(len(known) if kin else 0, kin)


def with_alarms(familiar: Familiar, subjects: Sequence[Subject], bundle: Bundle, threads: int) -> Familiar:
    """The same, with the limits of what is lost on both ways back to the source, found with the bundle's graphs."""
    stages = Stages(bundle.directory, Device("cpu", threads), bundle.preset)
    kin = dict(familiar.kin)
    for modality in kin:
        lost = [_losses(subject, modality, bundle, stages) for subject in real_ones(subjects)]
        known = [shares for shares in lost if shares]
        back = {target.value: _limit([backs[target] for _, backs in known]) for target in _returning(bundle, modality)}
        kin[modality] = replace(kin[modality], lost=_limit([trip for trip, _ in known]), back=back)
    return replace(familiar, kin=kin)


def _losses(
    subject: Subject, modality: Modality, bundle: Bundle, stages: Stages
) -> tuple[float, dict[Modality, float]] | None:
    """What a subject's scan loses on the round trip and on the way back from every target; None without the scan."""
    if modality not in subject.images:
        return None
    image, source = np.asarray(subject.images[modality], np.float32), bundle.preset.index(modality)
    slab = np.ascontiguousarray(image[..., middle(image.shape[2], _DEPTH)])
    inside = tissue(slab, bundle.preset.grid)
    encoded = z, passed = stages.encode(slab, source)
    backs: dict[Modality, float] = {}
    for target in _returning(bundle, modality):
        index = bundle.preset.index(target)
        made = stages.decode(stages.transform(z, index), passed, index)
        backs[target] = way_back(stages, None, slab, made, inside, (source, index))
    return round_trip(stages, slab, encoded, inside, source), backs


def _returning(bundle: Bundle, source: Modality) -> list[Modality]:
    """The targets that the source can be made from again."""
    return [target for target in bundle.targets(source) if source in bundle.targets(target)]


def _limit(shares: Sequence[float]) -> float:
    return round(min(_MARGIN * max(shares), 1.0), 4)


def norm_of(rows: Numbers) -> Norm:
    """Of numbers (subjects, numbers): what is usual, and how far one may lie from it."""
    left_out = [_norm(np.delete(rows, at, axis=0)).distance(row) for at, row in enumerate(rows)]
    usual = _norm(rows)
    return Norm(usual.mean, usual.sd, round(_MARGIN * max(left_out), 4))


def _norm(rows: Numbers) -> Norm:
    mean, sd = (tuple(round(float(v), 5) for v in values) for values in (rows.mean(axis=0), rows.std(axis=0, ddof=1)))
    return Norm(mean, sd, 0.0)


def _brain(subject: Subject, modality: Modality, grid: Grid) -> Volume:
    data = np.asarray(subject.images[modality], np.float32)
    background = -1.0 if grid.units == "percentiles" else 0.0
    return Volume(np.where(data > background, data - background, 0), np.diag([*[grid.spacing] * 3, 1.0]))


def _array(z: Tensor) -> Numbers:
    return z.numpy()
