"""What diseases put into a brain: tumours (core, rim, oedema, displaced tissue) and plaques of multiple sclerosis.

A lesion is told in the anatomy's own millimetres, so it deforms with the brain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.volume import Array, Floats
from training.phantom.anatomy import CEREBELLAR_WHITE, WHITE, Anatomy

Points = Floats

NECROSIS, OEDEMA, PLAQUE, ENHANCING = 1, 2, 3, 4
"""Values of the segmentation: BraTS's 1, 2 and 4, and 3 for plaques."""


@dataclass(frozen=True)
class Lesion:
    """One disease focus: how much of each point it takes, by tissue.

    tissue: its name in TISSUES
    points: (n,) indices of the points that it touches
    share:  (n,) 0 to 1
    label:  its value in the segmentation
    """

    tissue: str
    points: npt.NDArray[np.intp]
    share: Points
    label: int


@dataclass(frozen=True)
class Tumour:
    """centre: (3,) index in the anatomy; lengths in mm; push: 0 displaces nothing, 0.6 much."""

    kind: Literal["glioblastoma", "low grade", "metastasis"]
    centre: Floats
    radius: float
    rim: float
    oedema: float
    push: float
    shape: Floats

    def displaced(self, where: Points, spacing: Floats) -> Points:
        """(3, n) places in the healthy anatomy that came to lie at `where` when the tumour grew."""
        away = where - self.centre.astype(np.float32)[:, None]
        square = ((away * spacing.astype(np.float32)[:, None]) ** 2).sum(0) / (1.7 * self.radius) ** 2
        return where - away * (self.push * np.exp(-square))

    def grown(self, where: Points, spacing: Floats, white: Points, rough: Points, fine: Points) -> list[Lesion]:
        """Core, rim and oedema. white: (n,) share of white matter; rough, fine: (n,) noise that frays the edges."""
        reach = (self.radius + self.oedema) * 1.6 + 8
        near, away = _near(where, self.centre, spacing, reach)
        distance = np.sqrt(((self.shape @ away) ** 2).sum(0)) * (1 + 0.16 * rough[near] + 0.05 * fine[near])
        core = _step(self.radius - distance, 0.8)
        if self.kind == "low grade":
            inner = [Lesion("infiltration", near, core * 0.95, NECROSIS)]
        else:
            dead = _step(self.radius - self.rim * np.exp(0.5 * rough[near]) - distance, 0.7)
            inner = [
                Lesion("necrosis", near, dead, NECROSIS),
                Lesion("enhancing", near, np.clip(core - dead, 0, 1), ENHANCING),
            ]
        frayed = distance * (1 + 0.18 * rough[near])
        wet = _step(self.radius + self.oedema - frayed, 2.0) * (1 - core) * np.clip(white[near] * 1.1, 0, 1)
        return [*inner, Lesion("oedema", near, wet * 0.85, OEDEMA)]


def draw_tumour(anatomy: Anatomy, rng: np.random.Generator) -> Tumour:
    """A tumour in the white matter of a hemisphere, well inside the brain."""
    where = anatomy.coarse(WHITE) & (anatomy.depth[::2, ::2, ::2] > 14)
    kinds: tuple[Literal["glioblastoma", "low grade", "metastasis"], ...] = ("glioblastoma", "low grade", "metastasis")
    kind = kinds[int(rng.choice(3, p=(0.55, 0.25, 0.2)))]
    radius = rng.uniform(4, 10) if kind == "metastasis" else rng.uniform(9, 24)
    stretch = np.exp(rng.normal(0, 0.18, 3))
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return Tumour(
        kind=kind,
        centre=_pick(where, rng),
        radius=float(radius),
        rim=float(rng.uniform(2, 5) + 0.1 * radius),
        oedema=float(rng.uniform(2, 10) if kind == "low grade" else rng.uniform(5, 25)),
        push=float(rng.uniform(0, 0.6)),
        shape=np.diag(stretch / np.prod(stretch) ** (1 / 3)) @ turned,
    )


def plaques(anatomy: Anatomy, where: Points, host: Points, noise: Points, rng: np.random.Generator) -> list[Lesion]:
    """Plaques around the ventricles (drawn out away from them), under the cortex, deep, and a few in the cerebellum.

    where: (3, n) index in the anatomy; host: (n,) share of tissue that a plaque may take; noise: (n,)
    """
    white = anatomy.coarse(WHITE)
    places = (
        white & (anatomy.to_ventricle < 8),
        white & (anatomy.to_cortex < 3) & (anatomy.to_ventricle > 10),
        white,
        anatomy.coarse(CEREBELLAR_WHITE),
    )
    found: list[Lesion] = []
    for _ in range(int(rng.integers(4, 36))):
        place = places[int(rng.choice(4, p=(0.5, 0.25, 0.2, 0.05)))]
        if place.any():
            found += _plaque(anatomy, _pick(place, rng), where, host, noise, rng)
    return found


def _plaque(
    anatomy: Anatomy, centre: Floats, where: Points, host: Points, noise: Points, rng: np.random.Generator
) -> list[Lesion]:
    radius = float(np.clip(rng.lognormal(0.9, 0.45), 1.2, 8))
    near, away = _near(where, centre, anatomy.spacing, 3 * radius + 2)
    along = _outward(anatomy, centre) @ away
    stretch = rng.uniform(1.2, 2.2)
    distance = np.sqrt(np.maximum((away**2).sum(0) - along**2, 0) + (along / stretch) ** 2)
    distance = distance * (1 + 0.15 * noise[near])
    share = _step(radius - distance, 0.5) * host[near] * rng.uniform(0.6, 1)
    tissue = "active plaque" if rng.random() < 0.12 else "plaque"
    found = [Lesion(tissue, near, share, PLAQUE)]
    if radius > 3 and rng.random() < 0.5:
        found.append(Lesion("black hole", near, _step(0.55 * radius - distance, 0.5) * host[near], PLAQUE))
    return found


def _outward(anatomy: Anatomy, centre: Floats) -> Floats:
    """(3,) unit direction away from the ventricles."""
    i, j, k = (int(np.clip(c // 2, 1, side - 2)) for c, side in zip(centre, anatomy.to_ventricle.shape, strict=True))
    box = anatomy.to_ventricle[i - 1 : i + 2, j - 1 : j + 2, k - 1 : k + 2]
    slope = np.array([box[2, 1, 1] - box[0, 1, 1], box[1, 2, 1] - box[1, 0, 1], box[1, 1, 2] - box[1, 1, 0]])
    return (slope / max(float(np.linalg.norm(slope)), 1e-6)).astype(np.float32)


def _near(where: Points, centre: Floats, spacing: Floats, reach: float) -> tuple[npt.NDArray[np.intp], Points]:
    """Indices of the points within a cube of half side `reach` mm around a centre, and (3, n) mm away from it."""
    limits = reach / spacing
    inside = np.abs(where[0] - centre[0]) < limits[0]
    near = np.flatnonzero(inside)
    for axis in (1, 2):
        near = near[np.abs(where[axis][near] - centre[axis]) < limits[axis]]
    away = (where[:, near] - centre[:, None]) * spacing[:, None]
    return near, away.astype(np.float32)


def _pick(place: Array, rng: np.random.Generator) -> Floats:
    """(3,) index in the anatomy of a random voxel of a coarse mask."""
    at = np.flatnonzero(place)
    chosen = np.unravel_index(at[int(rng.integers(len(at)))], place.shape)
    return 2.0 * np.array(chosen) + rng.uniform(0, 2, 3)


def _step(inside: Points, width: float) -> Points:
    """1 where `inside` (mm) is positive, 0 where negative, smooth over `width`."""
    return (1 / (1 + np.exp(np.clip(-inside / width, -30, 30)))).astype(np.float32)
