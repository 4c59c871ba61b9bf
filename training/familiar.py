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
from training.phantom.folder import is_phantom
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
    """The same, with the limits of what is lost on both ways back to the source, found with the bundle's graphs.

    The way back is walked by one target a scan, in turn: the limit is that of all targets of the source.
    """
    preset = bundle.preset
    stages = Stages(bundle.directory, Device("cpu", threads), preset)
    kin = dict(familiar.kin)
    for modality in kin:
        known = [s for s in real_ones(subjects) if modality in s.images]
        targets = bundle.targets(modality)
        trips, backs = [0.0], [0.0]
        for turn, subject in enumerate(known):
            image = np.asarray(subject.images[modality], np.float32)
            slab = np.ascontiguousarray(image[..., middle(image.shape[2], _DEPTH)])
            inside, target = tissue(slab, preset.grid), targets[turn % len(targets)]
            pair = (preset.index(modality), preset.index(target))
            encoded = z, passed = stages.encode(slab, pair[0])
            trips.append(round_trip(stages, slab, encoded, inside, pair[0]))
            made = stages.decode(stages.transform(z, pair[1]), passed, pair[1])
            backs.append(way_back(stages, None, slab, made, inside, pair))
        back = {target.value: _limit(backs) for target in targets if modality in bundle.targets(target)}
        kin[modality] = replace(kin[modality], lost=_limit(trips), back=back)
    return replace(familiar, kin=kin)


def real_ones(subjects: Sequence[Subject]) -> list[Subject]:
    """Those that are no phantoms, or all where there are no others."""
    return [subject for subject in subjects if not is_phantom(subject.name)] or list(subjects)


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
