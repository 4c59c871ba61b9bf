"""One brain as a map of structures, from a label map, with the distances that lesions need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.errors import RespinError
from engine.files import read
from engine.volume import RAS, Array, Floats, orientation_of, turn
from training.phantom.noise import upsampled

_distance: Any = ndimage.distance_transform_edt
_label: Any = ndimage.label
_fill_holes: Any = ndimage.binary_fill_holes

BACKGROUND, CSF, VENTRICLE, CORTEX, WHITE, CEREBELLAR_CORTEX, CEREBELLAR_WHITE, BRAIN_STEM = range(8)
THALAMUS, STRIATUM, PALLIDUM, HIPPOCAMPUS, CHOROID, VESSEL, AGEING = range(8, 15)
SOFT, FAT, SKIN, MUCOSA, BONE, MARROW, EYE = range(15, 22)

TISSUE_OF = {
    CSF: "csf", VENTRICLE: "csf", CORTEX: "cortex", WHITE: "white", CEREBELLAR_CORTEX: "cerebellar cortex",
    CEREBELLAR_WHITE: "cerebellar white", BRAIN_STEM: "brain stem", THALAMUS: "deep grey", STRIATUM: "striatum",
    PALLIDUM: "pallidum", HIPPOCAMPUS: "hippocampus", CHOROID: "choroid plexus", VESSEL: "vessel",
    AGEING: "white matter lesion", SOFT: "scalp", FAT: "fat", SKIN: "skin", MUCOSA: "mucosa", BONE: "bone",
    MARROW: "marrow", EYE: "vitreous",
}  # fmt: skip
"""Which of TISSUES a structure is made of."""

SOLID = (*range(VENTRICLE, VESSEL), AGEING)
"""What is brain whatever lies around it; CSF and vessels are so only between it."""

_FREESURFER = {
    CSF: (24, 30, 62), VENTRICLE: (4, 5, 14, 15, 43, 44, 72), CORTEX: (3, 42), WHITE: (2, 41, 85),
    CEREBELLAR_CORTEX: (8, 47), CEREBELLAR_WHITE: (7, 46), BRAIN_STEM: (16, 28, 60), THALAMUS: (10, 49),
    STRIATUM: (11, 12, 26, 50, 51, 58), PALLIDUM: (13, 52), HIPPOCAMPUS: (17, 18, 53, 54),
    CHOROID: (31, 63, 136, 137, 163, 164), VESSEL: (502, 514), AGEING: (25, 57, 77), SOFT: (507, 508, 512, 530),
    SKIN: (511,), MUCOSA: (509,), BONE: (515,), MARROW: (516,), EYE: (506,),
}  # fmt: skip
_BRAINWEB = {
    CSF: (1,), CORTEX: (2, 8), WHITE: (3,), FAT: (4,), SOFT: (5, 9), SKIN: (6,), BONE: (7,)
}  # fmt: skip
_SULCUS = 9.0
"""Millimetres: gaps in the brain up to about twice this wide belong to it (closing)."""


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Structures of one head.

    labels:  (x, y, z) uint8 along R, A, S
    spacing: (3,) mm
    """

    labels: npt.NDArray[np.uint8]
    spacing: Floats

    @cached_property
    def depth(self) -> Floats:
        """(x, y, z) mm from the surface of the brain with its sulci filled; negative outside."""
        small = _signed(self._coarse_brain(), 2 * self.spacing)
        closed = _signed(small > -_SULCUS, 2 * self.spacing) > _SULCUS - 1.0
        within = _signed(_one_piece(closed | self._coarse_brain()), 2 * self.spacing)
        return upsampled(np.pad(within, (0, 1), mode="edge"), 2, self.labels.shape)

    def coarse(self, *structures: int) -> npt.NDArray[np.bool_]:
        """Every second voxel: is it one of these?"""
        return np.isin(self.labels[::2, ::2, ::2], structures)

    @cached_property
    def to_ventricle(self) -> Floats:
        """mm to the nearest ventricle, every second voxel; far away where there is none."""
        return self._distance_to(VENTRICLE, CHOROID)

    @cached_property
    def to_cortex(self) -> Floats:
        """mm to the nearest cortex, every second voxel."""
        return self._distance_to(CORTEX)

    def _coarse_brain(self) -> npt.NDArray[np.bool_]:
        return self.coarse(*SOLID)

    def _distance_to(self, *structures: int) -> Floats:
        there = self.coarse(*structures)
        return _distance(~there, sampling=2 * self.spacing).astype(np.float32) if there.any() else there + 1e3


@lru_cache(maxsize=16)
def from_label_map(path: Path) -> Anatomy:
    """Read a label map in FreeSurfer's numbers (with or without a head of 500 to 530) or BrainWeb's 0 to 9."""
    volume = read(path).volume
    values = np.asarray(turn(volume.data, orientation_of(volume.affine), RAS))
    labels = structures_of(values.astype(np.int32), path.name)
    spacing = volume.spacing[np.argsort(orientation_of(volume.affine)[:, 0])]
    # What is far from the brain (neck, air) costs time and shows nothing.
    near = tuple(slice(max(a - 30, 0), b + 30) for a, b in box(np.isin(labels, SOLID)))
    anatomy = Anatomy(np.ascontiguousarray(labels[near]), spacing)
    return _with_ventricles(anatomy) if not anatomy.coarse(VENTRICLE).any() else anatomy


def structures_of(values: Array, name: str) -> npt.NDArray[np.uint8]:
    """Label numbers -> structures; an unknown number is background."""
    table = _BRAINWEB if values.max() < 10 else _FREESURFER
    found = np.zeros(int(values.max()) + 1, np.uint8)
    for structure, numbers in table.items():
        for number in numbers:
            found[number : number + 1] = structure
    labels = found[np.clip(values, 0, None)]
    if not {CORTEX, WHITE} <= set(np.unique(labels)):
        raise RespinError(f"{name} is no label map that the phantom knows: use FreeSurfer's or BrainWeb's numbers.")
    return labels


def label_maps(folder: Path) -> tuple[Path, ...]:
    """The label maps of a folder and its subfolders."""
    found = tuple(sorted(folder.rglob("*.nii.gz"))) + tuple(sorted(folder.rglob("*.nii")))
    if not found:
        raise RespinError(f"{folder} holds no label map (.nii.gz); leave --labels out for brains made by formula.")
    return found


def _with_ventricles(anatomy: Anatomy) -> Anatomy:
    """BrainWeb does not tell ventricles from the CSF of sulci: those lie deep."""
    deep = (anatomy.labels == CSF) & (anatomy.depth > 28)
    return Anatomy(np.where(deep, VENTRICLE, anatomy.labels).astype(np.uint8), anatomy.spacing)


def _one_piece(mask: Array) -> Array:
    """The largest connected part of a mask, its holes filled."""
    pieces, _ = _label(mask)
    largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    return _fill_holes(pieces == largest)


def _signed(mask: Array, sampling: Floats) -> Floats:
    """mm to the border of a mask, positive inside."""
    return (_distance(mask, sampling=sampling) - _distance(~mask, sampling=sampling)).astype(np.float32)


def box(mask: Array) -> list[tuple[int, int]]:
    """First voxel and one past the last, along each axis, of what is True."""
    spans = [np.flatnonzero(mask.any(axis=other)) for other in ((1, 2), (0, 2), (0, 1))]
    return [(int(span[0]), int(span[-1]) + 1) for span in spans]
