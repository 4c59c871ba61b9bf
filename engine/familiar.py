"""Does a source look like those that the model was trained on? The numbers that tell, and what is said.

What a bundle knows of its training subjects stands in its manifest; a bundle that knows nothing warns of nothing.
Intensities and grain are looked at before any network runs, the latent after the encoder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.modality import Modality
from engine.volume import Array, Floats, Volume, foreground

_QUANTILES = (1, 5, 25, 50, 75, 95, 99)
_RIM = 6.0
"""Millimetres: fluid and cortex under the skull, dark in some contrasts and bright in others."""
_FINE = 3.0
"""Millimetres between the voxels that are looked at; finer grids are thinned."""
_TELLS = 0.95
"""Limit of a way back from which on it could ring for next to nothing: nobody walks it."""
_LEAST_SD = 0.02
"""Of any number over the training subjects: a few that agree by chance must not make strangers of all others."""

_erosion: Any = ndimage.binary_erosion  # scipy does not type its filters


@dataclass(frozen=True)
class Norm:
    """Some numbers of a scan as the training subjects have them.

    mean, sd: (numbers,) over the subjects
    limit:    the distance beyond which a scan is a stranger
    """

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    limit: float

    def distance(self, numbers: Sequence[float] | Floats) -> float:
        """How far these numbers lie from the mean: root mean square, in standard deviations."""
        off = (np.asarray(numbers) - np.array(self.mean)) / np.maximum(self.sd, _LEAST_SD)
        return float(np.sqrt(np.mean(np.square(off))))


@dataclass(frozen=True)
class Kin:
    """What the training subjects' scans of one modality have in common.

    intensities: quantiles of the z-scores inside the brain, and their mean at its rim
    grain:       the most that neighbouring voxels differ, in standard deviations of the brain
    latent:      mean and standard deviation of every channel inside the brain
    lost:        limit of what the round trip loses;  back: the same of the way back, by target (engine.alarms)
    """

    intensities: Norm
    grain: float
    latent: Norm
    lost: float = 1.0
    back: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Familiar:
    """Everything that a bundle knows of its training subjects. subjects: how many; empty where it knows nothing."""

    subjects: int
    kin: Mapping[Modality, Kin]

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Familiar:
        """Out of a manifest, which need not say anything."""
        if not values:
            return cls(0, {})
        return cls(int(values["subjects"]), {Modality(name): _kin(told) for name, told in values["sources"].items()})

    def to_json(self) -> dict[str, Any]:
        """For a manifest; read back by `from_json`."""
        return {"subjects": self.subjects, "sources": {m.value: asdict(kin) for m, kin in self.kin.items()}}

    def of_brain(self, brain: Volume, source: Modality) -> tuple[str, ...]:
        """What the intensities of a brain (0 outside it) tell before any network runs."""
        kin = self.kin.get(source)
        if kin is None or not foreground(brain.data).any():
            return ()
        numbers, grain = look(brain)
        noisy, told = grain > kin.grain, ()
        if kin.intensities.distance(numbers) > kin.intensities.limit:
            told = (self._of_intensities(numbers, source, named=not noisy),)
        if noisy:
            told += (f"The scan is noisier than {self._those(source)}: noise may become structure in the result.",)
        return told

    def of_latent(self, z: Floats, inside: Array, source: Modality) -> tuple[str, ...]:
        """What the encoder's answer tells. z: (latent, i, j, k), inside: (x, y, z) bool of the model grid."""
        kin = self.kin.get(source)
        if kin is None or kin.latent.distance(latent_numbers(z, inside)) <= kin.latent.limit:
            return ()
        return (f"To the encoder the scan is unlike {self._those(source)}: the result may mean nothing.",)

    def of_round_trip(self, share: float, source: Modality) -> tuple[str, ...]:
        """What it tells that encoder and decoder lose this share of the source's structure."""
        kin = self.kin.get(source)
        if kin is None or share <= kin.lost:
            return ()
        return (
            f"The model cannot reproduce this scan: {100 * share:.0f} % of its structure is lost, at most "
            f"{100 * kin.lost:.0f} % of {self._those(source)}. The result may mean nothing.",
        )

    def knows_way_back(self, source: Modality, target: Modality) -> bool:
        """Whether translating a result back could tell anything: from some sources the training's own are lost."""
        return source in self.kin and self.kin[source].back.get(target.value, 1.0) < _TELLS

    def of_way_back(self, share: float, source: Modality, target: Modality) -> tuple[str, ...]:
        """What it tells that translating to the target and back loses this share of the source's structure."""
        kin = self.kin.get(source)
        limit = kin.back.get(target.value, 1.0) if kin else 1.0
        if share <= limit:
            return ()
        return (
            f"Translated back to {source.label}, the synthetic {target.label} is not the scan any more: "
            f"{100 * share:.0f} % of its structure is lost, at most {100 * limit:.0f} % in the training.",
        )

    def _of_intensities(self, numbers: Floats, source: Modality, named: bool) -> str:
        """Which contrast the intensities speak of, if any; noise speaks of none (named: False)."""
        told = f"The intensities are unlike those of {self._those(source)}"
        near = {m: kin.intensities.distance(numbers) / kin.intensities.limit for m, kin in self.kin.items()}
        nearest = min(near, key=lambda modality: near[modality])
        if nearest is source or near[nearest] > 1 or not named:
            return f"{told}: the result may mean nothing."
        return f"{told}, and like those of {nearest.label}: correct the contrast if it is wrong."

    def _those(self, source: Modality) -> str:
        return f"the {self.subjects} {source.label} scans of the training"


def look(brain: Volume) -> tuple[Floats, float]:
    """The intensities' numbers (8,) of a brain with 0 around it, and its grain: how much neighbouring voxels differ."""
    present = foreground(brain.data)
    i, j, k = (max(round(_FINE / side), 1) for side in brain.spacing)
    thin, inside = brain.data[::i, ::j, ::k], present[::i, ::j, ::k]
    values = thin[inside].astype(np.float32)
    mean, sd = float(values.mean()), max(float(values.std()), 1e-6)
    depth = round(_RIM / float((brain.spacing * (i, j, k)).mean()))
    rim = inside & ~_erosion(inside, iterations=max(depth, 1))
    at_rim = (float(thin[rim].astype(np.float32).mean()) - mean) / sd
    return np.array([*(np.percentile(values, _QUANTILES) - mean) / sd, at_rim]), _grain(brain, present) / sd


def latent_numbers(z: Floats, inside: Array) -> Floats:
    """(2 * latent,) mean and standard deviation of each channel over latent voxels that lie in the brain."""
    step = inside.shape[0] // z.shape[1]
    voxels = z[:, inside[step // 2 :: step, step // 2 :: step, step // 2 :: step]]
    return np.concatenate([voxels.mean(axis=1), voxels.std(axis=1)])


def _grain(brain: Volume, present: Array) -> float:
    """Root mean square difference of neighbours along the two finest axes, over the square root of 2."""
    squares: list[npt.NDArray[np.float32]] = []
    for axis in np.argsort(brain.spacing, kind="stable")[:2]:
        values, inside = (np.moveaxis(part, axis, 0)[:, ::3, ::3] for part in (brain.data, present))
        both = inside[1:] & inside[:-1]
        squares.append(np.square(np.diff(values.astype(np.float32), axis=0)[both]))
    joined = np.concatenate(squares)
    return float(np.sqrt(joined.mean() / 2)) if joined.size else 0.0


def _kin(values: Mapping[str, Any]) -> Kin:
    intensities, latent = (
        Norm(tuple(told["mean"]), tuple(told["sd"]), float(told["limit"]))
        for told in (values["intensities"], values["latent"])
    )
    back = {Modality(name).value: float(limit) for name, limit in values.get("back", {}).items()}
    return Kin(intensities, float(values["grain"]), latent, float(values.get("lost", 1.0)), back)
