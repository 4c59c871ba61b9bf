"""Subjects with several contrasts on one grid, and crops of them drawn by step number.

A batch depends on (seed, step) alone, so that a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.files import read
from engine.modality import Modality
from engine.preprocess import tissue
from engine.presets import Grid, Preset
from engine.volume import RAS, orientation_of, turn
from training import manifest
from training.align import on_one_grid, without_skull
from training.augment import USUAL, Augmentation, augment_source
from training.geometry import places, sampled
from training.layouts import find_subjects
from training.manifest import VALIDATION, Split
from training.phantom.folder import AnySubject, is_phantom, real_ones
from training.prepared import prepared
from training.subject import Subject, prepare

__all__ = ["VALIDATION", "Batch", "Subject", "draw", "find_subjects", "load_split", "load_subject", "load_subjects"]

Box = tuple[slice, slice, slice]

_TRIES = 5000
"""To find a voxel that is wanted; then any voxel of the brain will do."""


class Batch(NamedTuple):
    """Crops: source and target (B, 1, c, c, c) float32, mask (B, 1, c, c, c) float32, class indices (B,) int64.

    The mask is the brain, as far as the target was scanned.
    Where a source has several targets, its rows lie behind each other.
    """

    source: Tensor
    target: Tensor
    mask: Tensor
    source_class: Tensor
    target_class: Tensor


def load_subject(name: str, paths: dict[Modality, Path], grid: Grid) -> Subject:
    """Read the contrasts of one subject and cut them by one box, as `to_model` cuts a single scan."""
    volumes = without_skull(on_one_grid({modality: read(path).volume for modality, path in paths.items()}))
    first = next(iter(volumes.values()))
    orientation = orientation_of(first.affine)
    turned = {m: np.asarray(turn(v.data, orientation, RAS), np.float32) for m, v in volumes.items()}
    return prepare(name, turned, first.spacing[np.argsort(orientation[:, 0])], grid)


def load_subjects(folder: Path, grid: Grid, names: Sequence[str] | None = None) -> list[Subject]:
    """The named subjects of a folder, in memory; all but the validation subjects where no name is given."""
    found = find_subjects(folder)
    chosen = names if names is not None else [name for name in found if name not in VALIDATION]
    return [load_subject(name, found[name], grid) for name in chosen]


def load_split(folder: Path, grid: Grid, run: Path, split: Split = "train") -> list[Subject]:
    """The subjects of a split, on disk in `run`/subjects; who they are is written to `run`/manifest.json."""
    found, known = find_subjects(folder), manifest.of_run(folder, run)
    return [
        prepared(
            name,
            {m.value: known[name].sha256[m.value] + manifest.header_hash(path) for m, path in found[name].items()},
            grid,
            run / "subjects",
            partial(load_subject, name, found[name], grid),
        )
        for name in manifest.names_in(known, split)
    ]


def draw(
    subjects: Sequence[Subject],
    preset: Preset,
    crop: int,
    batch: int,
    seed: int,
    step: int,
    augment: bool | Augmentation,
    simulated: float = 0.15,
    bright: float = 0.0,
    targets: int = 1,
) -> Batch:
    """The batch of a step: a subject, a source, its targets and a place inside the brain for every sample.

    augment: by how much; True is `USUAL`;  simulated: share of simulated patients where there are real ones too;
    bright: share of the places where the (first) target is bright;  targets: rows of a sample, which share its source
    """
    rng = np.random.default_rng([seed, step])
    by = (USUAL if augment else None) if isinstance(augment, bool) else augment
    someone = partial(one_of, subjects, simulated, rng)
    samples = [row for _ in range(batch) for row in _sample(someone(), crop, rng, by, bright, targets)]
    source, target, mask, source_class, target_class = zip(*samples, strict=True)
    truth = np.stack(target)[:, None]
    return Batch(
        source=torch.from_numpy(np.stack(source)[:, None]),
        target=torch.from_numpy(truth),
        mask=torch.from_numpy(np.stack(mask)[:, None] * tissue(truth, preset.grid)),
        source_class=torch.tensor([preset.index(m) for m in source_class]),
        target_class=torch.tensor([preset.index(m) for m in target_class]),
    )


def one_of(subjects: Sequence[AnySubject], simulated: float, rng: np.random.Generator) -> AnySubject:
    """Any subject; a simulated one in this share of the draws, where there are real ones and simulated ones."""
    made_up = [subject for subject in subjects if is_phantom(subject.name)]
    chosen = subjects
    if 0 < len(made_up) < len(subjects):
        chosen = made_up if rng.random() < simulated else real_ones(subjects)
    return chosen[int(rng.integers(len(chosen)))]


def _sample(
    subject: Subject, crop: int, rng: np.random.Generator, augment: Augmentation | None, bright: float, rows: int
) -> list[tuple[Any, ...]]:
    """Source, target, mask and their modalities, row by row; a target comes twice where there are too few."""
    images, mask = subject.images, subject.mask
    modalities = list(images)
    first, *others = rng.choice(len(modalities), min(rows + 1, len(modalities)), replace=False)
    source, chosen = modalities[first], [modalities[others[row % len(others)]] for row in range(rows)]
    where = _box(mask, crop, rng, _bright(subject, chosen[0]) if bright and rng.random() < bright else None)
    parts = _cut([images[source], *(images[target] for target in chosen), mask], where, rng, augment)
    if augment and rng.random() < augment.flip:  # left and right are alike enough to be exchanged
        parts = [part[::-1] for part in parts]
    if augment:
        parts[0] = augment_source(parts[0], rng, augment)
    image, *truths, inside = (np.ascontiguousarray(part) for part in parts)
    return [(image, truth, inside, source, target) for truth, target in zip(truths, chosen, strict=True)]


def _cut(
    images: Sequence[npt.NDArray[Any]], where: Box, rng: np.random.Generator, augment: Augmentation | None
) -> list[npt.NDArray[np.float32]]:
    """The crop of each image, sometimes (cubes alone) of a deformed head."""
    crop = where[0].stop - where[0].start
    cube = all(side.stop - side.start == crop for side in where)
    fits = cube and all(side.stop <= length for side, length in zip(where, images[0].shape, strict=True))
    if not augment or not augment.geometry or not fits or rng.random() >= augment.deformed:
        return [np.asarray(image[where], np.float32) for image in images]
    low = [side.start for side in where]
    made = sampled(images, places(low, crop, augment.geometry, rng))
    return [*made[:-1], (made[-1] > 0.5).astype(np.float32)]


Wanted = Callable[[tuple[int, ...]], bool]


def _bright(subject: Subject, target: Modality) -> Wanted:
    """Whether a voxel lies in the upper quarter of a contrast's range: oedema in FLAIR, fluid in T2."""
    image, (low, high) = subject.images[target], subject.levels[target]
    return lambda place: float(image[place]) > low + 0.75 * (high - low)


def _box(mask: npt.NDArray[np.bool_], crop: int, rng: np.random.Generator, wanted: Wanted | None = None) -> Box:
    """A crop at an even place (multiples of 4) around a random voxel of the brain; a side of 0 is everything.

    wanted: the voxel is one of these, if one is found soon
    """
    if not crop:
        return slice(0, mask.shape[0]), slice(0, mask.shape[1]), slice(0, mask.shape[2])
    tries = _TRIES if wanted is not None else 0
    while True:
        centre = tuple(int(rng.integers(side)) for side in mask.shape)
        tries -= 1
        if mask[centre] and (wanted is None or tries < 0 or wanted(centre)):
            break
    low = [
        int(np.clip((c - crop // 2) // 4 * 4, 0, max(side - crop, 0)))
        for c, side in zip(centre, mask.shape, strict=True)
    ]
    return slice(low[0], low[0] + crop), slice(low[1], low[1] + crop), slice(low[2], low[2] + crop)
