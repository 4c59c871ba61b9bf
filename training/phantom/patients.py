"""The phantom itself: patient number n of a seed, all contrasts from one anatomy and one deformation.

Partial volume: instead of averaging a twice finer label map, each structure is smoothed to the point spread of a
voxel (Gaussian of 0.5 voxels) and interpolated; signals mix by share, as in a voxel. That is the same average at an
eighth of the points. Tissue varies inside a structure by the first-order response of the signal equations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.modality import Modality
from engine.volume import Floats
from training.phantom import anatomy as parts
from training.phantom.anatomy import SOLID, TISSUE_OF, Anatomy, from_label_map
from training.phantom.deform import Deformation, coordinates, fitted
from training.phantom.formula import formula_anatomy
from training.phantom.lesions import Lesion, Points, Tumour, draw_tumour, plaques
from training.phantom.noise import Field, smooth_noise
from training.phantom.physics import PREPARED_T1, PROTOCOLS, Protocol, as_seen, response
from training.phantom.scanner import Scanner
from training.phantom.tissues import TISSUES

_map: Any = ndimage.map_coordinates
_gaussian: Any = ndimage.gaussian_filter

Disease = Literal["none", "tumour", "plaques"]
SIZE = (160, 192, 160)
_LENGTH = 170.0
"""mm of a brain."""
SIZE_WITH_SKULL = (192, 240, 208)


@dataclass(frozen=True)
class Patient:
    """One patient on a grid of 1 mm whose axes point to R, A, S.

    images:       by modality, (x, y, z) float32, 0 outside a brain; white matter is about 500
    segmentation: (x, y, z) uint8: 0, 1 necrosis or core, 2 oedema, 3 plaque, 4 enhancing
    """

    images: dict[Modality, Field]
    segmentation: npt.NDArray[np.uint8]
    disease: Disease


@dataclass(frozen=True)
class Phantom:
    """A population of patients.

    maps:   label maps; where there are none, anatomies are made by formula
    size:   voxels of 1 mm; a brain that is larger is shrunk into it
    tissue: relative standard deviation of tissue values from patient to patient; texture: within one;
            protocol: of the times that a scanner is set to
    health: probabilities of no disease, a tumour, plaques
    """

    maps: Sequence[Path] = ()
    seed: int = 0
    size: tuple[int, int, int] = SIZE
    skull: bool = False
    tissue: float = 0.06
    protocol: float = 0.08
    texture: float = 0.04
    health: tuple[float, float, float] = (0.25, 0.45, 0.3)
    deformation: Deformation = field(default_factory=Deformation)
    scanner: Scanner = field(default_factory=Scanner)

    def patient(self, index: int) -> Patient:
        """Patient number `index`: the same for ever for one seed and one population."""
        shape, look, ill, scan = (np.random.default_rng([self.seed, index, part]) for part in range(4))
        anatomy = self._anatomy(index, shape)
        head = self._placed(anatomy, shape)
        disease: Disease = ("none", "tumour", "plaques")[int(ill.choice(3, p=self.health))]
        tumour = draw_tumour(anatomy, ill) if disease == "tumour" else None
        shares = _shares(anatomy, head, tumour, self.skull)
        lesions = _lesions(anatomy, head, shares, tumour, disease, ill)
        signals, white = self._signals(head, shares, lesions, look)
        images: dict[Modality, Field] = {}
        for modality, signal in signals.items():
            image = np.zeros(self.size, np.float32)
            image[head.mask] = signal * (500 / white[modality])
            imaged = np.ones_like(head.mask) if self.skull else head.mask  # air is noise, unless it was cut away
            images[modality] = self.scanner.acquire(image, imaged, 500.0, scan)
        return Patient(images, _segmentation(head, lesions), disease)

    def _anatomy(self, index: int, rng: np.random.Generator) -> Anatomy:
        if not self.maps:
            return formula_anatomy(rng, spacing=max(1.0, _LENGTH / max(self.size)))  # no finer than can be seen
        return from_label_map(self.maps[int(rng.integers(len(self.maps)))])

    def _placed(self, anatomy: Anatomy, rng: np.random.Generator) -> _Head:
        there = anatomy.depth > 0 if not self.skull else anatomy.labels > 0
        spans = [np.flatnonzero(there.any(axis=other)) for other in ((1, 2), (0, 2), (0, 1))]
        low, high = (np.array([span[end] for span in spans], float) for end in (0, -1))
        matrix = fitted(self.deformation.matrix(rng), (high - low) / 2 * anatomy.spacing, self.size)
        unit = float(np.cbrt(1 / abs(np.linalg.det(matrix))))
        moved = self.deformation.displacement(self.size, rng, unit)
        where = coordinates(self.size, matrix, moved, (low + high) / 2, anatomy.spacing)
        rim = rng.uniform(-1.5, 0.5)
        depth = anatomy.depth if not self.skull else (anatomy.labels > 0) - 0.5
        mask = _map(np.asarray(depth, np.float32), where, order=1, mode="nearest") > (0 if self.skull else rim)
        return _Head(mask, where[:, mask], unit)

    def _signals(
        self, head: _Head, shares: _Shares, lesions: list[Lesion], rng: np.random.Generator
    ) -> tuple[dict[Modality, Points], dict[Modality, float]]:
        """(n,) of every contrast, and what white matter gives in it."""
        tissues = {name: tissue.varied(rng, self.tissue) for name, tissue in TISSUES.items()}
        protocols = _protocols(rng, self.protocol)
        fields = np.stack([self._texture(head, rng) for _ in range(3)])
        signals: dict[Modality, Points] = {}
        white: dict[Modality, float] = {}
        for modality, protocol in protocols.items():
            seen = {name: response(as_seen(tissue, modality), protocol) for name, tissue in tissues.items()}
            signals[modality] = _mixed(shares, lesions, seen, fields)
            white[modality] = float(seen["white"][0])
        return signals, white

    def _texture(self, head: _Head, rng: np.random.Generator) -> Points:
        """(n,) relative deviation of a tissue value: fine grain on a slow drift."""
        fine, slow = (smooth_noise(self.size, sigma, rng)[head.mask] for sigma in (1.5, 12.0))
        return self.texture * (0.7 * fine + 0.7 * slow)


@dataclass(frozen=True)
class _Head:
    """mask: (x, y, z) of the n voxels that are imaged; where: (3, n) their index in the anatomy; unit: mm a voxel."""

    mask: npt.NDArray[np.bool_]
    where: Points
    unit: float

    def noise(self, mm: float, rng: np.random.Generator) -> Points:
        """(n,) smooth noise over `mm` of the anatomy."""
        return smooth_noise(self.mask.shape, max(mm / self.unit, 0.7), rng)[self.mask]


_Shares = dict[int, Points]


def _shares(anatomy: Anatomy, head: _Head, tumour: Tumour | None, skull: bool) -> _Shares:
    """By structure, (n,) the part of every voxel that it fills; all parts together 1 where there is no air."""
    where = head.where if tumour is None else tumour.displaced(head.where, anatomy.spacing)
    structures = list(TISSUE_OF) if skull else [parts.CSF, parts.VESSEL, *SOLID]
    found: _Shares = {}
    for structure in structures:
        there = anatomy.labels == structure
        if there.any():
            box = tuple(slice(max(a - 3, 0), b + 3) for a, b in parts.box(there))
            smooth = _gaussian(there[box].astype(np.float32), 0.5 * max(head.unit, 1.0), mode="constant")
            start = np.array([[span.start] for span in box], np.float32)
            found[structure] = _map(smooth, where - start, order=1, mode="constant", prefilter=False)
    total = np.sum(list(found.values()), axis=0)
    if skull:
        return found
    found[parts.CSF] += np.maximum(1e-3 - total, 0)  # what is left of bone inside the mask counts as CSF
    total = np.maximum(total, 1e-3)
    return {structure: share / total for structure, share in found.items()}


def _lesions(
    anatomy: Anatomy, head: _Head, shares: _Shares, tumour: Tumour | None, disease: Disease, rng: np.random.Generator
) -> list[Lesion]:
    white = shares[parts.WHITE]
    if tumour is not None:
        rough, fine = head.noise(6.0, rng), head.noise(2.0, rng)
        return tumour.grown(head.where, anatomy.spacing, white, rough, fine)
    if disease == "plaques":
        host = np.clip(white + 0.3 * shares[parts.CORTEX] + shares.get(parts.CEREBELLAR_WHITE, 0), 0, 1)
        return plaques(anatomy, head.where, host, head.noise(2.0, rng), rng)
    return []


def _mixed(shares: _Shares, lesions: list[Lesion], seen: dict[str, Floats], fields: Points) -> Points:
    """(n,) signal: healthy structures by share, then each lesion over what lies under it."""
    weights = np.stack([seen[TISSUE_OF[structure]] for structure in shares])
    stacked = list(shares.values())
    levels = [sum(w * share for w, share in zip(column, stacked, strict=True)) for column in weights.T]
    signal = levels[0] + fields[0] * levels[1] + fields[1] * levels[2] + fields[2] * levels[3]
    for lesion in lesions:
        at, answer = lesion.points, seen[lesion.tissue]
        inside = answer[0] + fields[:, at].T @ answer[1:]
        signal[at] += lesion.share * (inside - signal[at])
    return np.maximum(signal, 0)


def _segmentation(head: _Head, lesions: list[Lesion]) -> npt.NDArray[np.uint8]:
    flat = np.zeros(head.where.shape[1], np.uint8)
    for lesion in lesions:
        flat[lesion.points[lesion.share > 0.5]] = lesion.label
    labels = np.zeros(head.mask.shape, np.uint8)
    labels[head.mask] = flat
    return labels


def _protocols(rng: np.random.Generator, sd: float) -> dict[Modality, Protocol]:
    """One session's. T1 and T1CE are acquired alike, half of the time with an inversion pulse."""
    session = {modality: protocol.varied(rng, sd) for modality, protocol in PROTOCOLS.items()}
    prepared = PREPARED_T1.varied(rng, sd)
    if rng.random() < 0.5:
        session[Modality.T1] = session[Modality.T1CE] = prepared
    return session
