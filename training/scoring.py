"""One volume against the truth: the engine's metrics by region, and how sharp it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.metrics import FULL_SCALE, Scores, compare, r_squared, to_unit
from engine.modality import Modality
from engine.volume import Array, Volume

METRICS = ("psnr", "nmse", "ssim")


@dataclass(frozen=True)
class Row:
    """One synthesis against the truth.

    model:     name of the bundle; way: "copy", "map", a mode ("shortcut, mean of 4") or "reconstruction"
    scores:    by region: "whole", "mask" and, where a segmentation is there, "lesion" and "healthy"
    r2:        share of the truth's variance that the result explains, whatever the level (structure alone)
    sharpness: energy of the result's gradient inside the brain as a share of the truth's
    """

    model: str
    subject: str
    source: Modality
    target: Modality
    way: str
    scores: dict[str, Scores]
    r2: float
    sharpness: float

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, read back by `from_json`."""
        return asdict(self) | {"source": self.source.value, "target": self.target.value}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Row:
        """The row that `to_json` told."""
        parts: dict[str, Any] = {name: Modality(values[name]) for name in ("source", "target")}
        parts["scores"] = {region: Scores(**numbers) for region, numbers in values["scores"].items()}
        return cls(**values | parts)


def score(
    model: str,
    subject: str,
    pair: tuple[Modality, Modality],
    way: str,
    made: Volume,
    real: Volume,
    lesion: Array | None,
) -> Row:
    """Every number of one result. lesion: (i, j, k), not 0 inside; None where nobody drew one."""
    brain = real.data != 0
    scores = compare(made, real, regions=regions_of(brain, lesion))
    return Row(model, subject, *pair, way, scores, r_squared(made, real, brain), sharpness(made, real))


def regions_of(brain: Array, lesion: Array | None) -> Mapping[str, Array]:
    """Lesion and healthy tissue apart."""
    return {} if lesion is None else {"lesion": lesion != 0, "healthy": brain & (lesion == 0)}


def sharpness(made: Volume, real: Volume) -> float:
    """Squared gradients inside the brain, result over truth: below 1 is blurred, above 1 noisy or level-wrong."""
    brain = real.data != 0
    truth = to_unit(real, brain)
    return gradient_energy(np.clip(made.data / FULL_SCALE, 0, 1), brain) / max(gradient_energy(truth, brain), 1e-12)


def gradient_energy(unit: npt.NDArray[Any], brain: Array) -> float:
    """Sum of the squared steps of (x, y, z) between neighbours of which both lie in the brain."""
    total = 0.0
    for axis in range(3):
        front, inside = np.moveaxis(unit, axis, 0), np.moveaxis(brain, axis, 0)
        both = inside[1:] & inside[:-1]
        total += float(np.square(np.diff(front.astype(np.float64), axis=0))[both].sum())
    return total
