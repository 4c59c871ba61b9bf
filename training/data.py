"""Subjects with several contrasts on one grid, and crops of them drawn by step number.

A batch depends on (seed, step) alone, so that a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from nibabel.orientations import apply_orientation, io_orientation
from torch import Tensor

from engine.errors import RespinError
from engine.files import read
from engine.modality import Modality
from engine.preprocess import cut, resample, to_units
from engine.presets import Grid, Preset
from engine.volume import Floats
from training.augment import augment_source

VALIDATION = ("Brats18_TCIA13_623_1", "Brats18_CBICA_ALU_1", "OMS-26")
"""Subjects never trained on."""


@dataclass(frozen=True, eq=False)
class Subject:
    """Contrasts of one person on one model grid.

    images: by modality, (x, y, z) float16 in model units, background 0
    mask:   (x, y, z) bool, where any contrast has tissue
    levels: by modality, the 0.5 and 99.5 percentiles inside the brain, in model units
    """

    name: str
    images: dict[Modality, npt.NDArray[np.float16]]
    mask: npt.NDArray[np.bool_]
    levels: dict[Modality, tuple[float, float]]


class Batch(NamedTuple):
    """Crops: source and target (B, 1, c, c, c) float32, mask (B, 1, c, c, c) float32, class indices (B,) int64."""

    source: Tensor
    target: Tensor
    mask: Tensor
    source_class: Tensor
    target_class: Tensor


def find_subjects(folder: Path) -> dict[str, dict[Modality, Path]]:
    """Every subfolder that holds two or more contrasts, by name (BraTS layout)."""
    found: dict[str, dict[Modality, Path]] = {}
    for directory in sorted(path for path in folder.iterdir() if path.is_dir()):
        scans = {m: path for m in Modality for path in sorted(directory.glob(f"*_{m.value}.nii.gz"))}
        if len(scans) >= 2:
            found[directory.name] = scans
    if not found:
        raise RespinError(f"{folder} holds no subject: expected NAME/NAME_t1.nii.gz, _t1ce, _t2, _flair.")
    return found


def load_subject(name: str, paths: dict[Modality, Path], grid: Grid) -> Subject:
    """Read the contrasts of one subject and cut them by one box, as `to_model` cuts a single scan."""
    volumes = {modality: read(path).volume for modality, path in paths.items()}
    first = next(iter(volumes.values()))
    orientation = io_orientation(first.affine)
    turned = {m: np.asarray(apply_orientation(v.data, orientation), np.float32) for m, v in volumes.items()}
    return prepare(name, turned, first.spacing[np.argsort(orientation[:, 0])], grid)


def prepare(name: str, turned: dict[Modality, npt.NDArray[np.float32]], spacing: Floats, grid: Grid) -> Subject:
    """A subject from contrasts on one grid along R, A, S: (x, y, z), 0 outside the brain; spacing (3,) in mm."""
    foreground = np.any([data != 0 for data in turned.values()], axis=0)
    scale, offset, shape = cut(foreground, spacing, grid)
    images: dict[Modality, npt.NDArray[np.float16]] = {}
    levels: dict[Modality, tuple[float, float]] = {}
    for modality, data in turned.items():
        inside = data[data != 0].astype(np.float64)
        weight = resample((data != 0).astype(np.float32), scale, offset, shape)
        units = to_units(resample(data, scale, offset, shape), weight, inside.mean(), inside.std())
        images[modality] = units.astype(np.float16)
        low, high = np.percentile(units[units > 0], [0.5, 99.5])
        levels[modality] = (float(low), float(high))
    return Subject(name, images, resample(foreground.astype(np.float32), scale, offset, shape) > 0.5, levels)


def load_subjects(folder: Path, grid: Grid, names: Sequence[str] | None = None) -> list[Subject]:
    """The named subjects of a folder; all but the validation subjects where no name is given."""
    found = find_subjects(folder)
    chosen = names if names is not None else [name for name in found if name not in VALIDATION]
    return [load_subject(name, found[name], grid) for name in chosen]


def draw(
    subjects: Sequence[Subject], preset: Preset, crop: int, batch: int, seed: int, step: int, augment: bool
) -> Batch:
    """The batch of a step: a subject, a source, a target and a place inside the brain for every sample."""
    rng = np.random.default_rng([seed, step])
    samples = [_sample(subjects[int(rng.integers(len(subjects)))], crop, rng, augment) for _ in range(batch)]
    source, target, mask, source_class, target_class = zip(*samples, strict=True)
    return Batch(
        source=torch.from_numpy(np.stack(source)[:, None]),
        target=torch.from_numpy(np.stack(target)[:, None]),
        mask=torch.from_numpy(np.stack(mask)[:, None]),
        source_class=torch.tensor([preset.index(m) for m in source_class]),
        target_class=torch.tensor([preset.index(m) for m in target_class]),
    )


def _sample(subject: Subject, crop: int, rng: np.random.Generator, augment: bool):
    modalities = list(subject.images)
    first, second = rng.choice(len(modalities), 2, replace=False)
    source, target = modalities[first], modalities[second]
    where = _box(subject.mask, crop, rng)
    images = [subject.images[m][where].astype(np.float32) for m in (source, target)]
    images.append(subject.mask[where].astype(np.float32))
    if augment and rng.random() < 0.5:  # left and right are alike enough to be exchanged
        images = [image[::-1] for image in images]
    if augment:
        images[0] = augment_source(images[0], rng)
    image, truth, mask = (np.ascontiguousarray(image) for image in images)
    return image, truth, mask, source, target


def _box(mask: npt.NDArray[np.bool_], crop: int, rng: np.random.Generator) -> tuple[slice, slice, slice]:
    """A crop at an even place (multiples of 4) around a random voxel of the brain."""
    while True:
        centre = [int(rng.integers(side)) for side in mask.shape]
        if mask[tuple(centre)]:
            break
    low = [
        int(np.clip((c - crop // 2) // 4 * 4, 0, max(side - crop, 0)))
        for c, side in zip(centre, mask.shape, strict=True)
    ]
    return slice(low[0], low[0] + crop), slice(low[1], low[1] + crop), slice(low[2], low[2] + crop)
