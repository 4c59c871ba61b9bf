"""How like a real scan a synthetic one is. Only against a real target: without one the error is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from engine.errors import UnsupportedScan
from engine.synthesis import FULL_SCALE
from engine.volume import Array, Volume, foreground

_WINDOW = 11
"""Voxels along a side of SSIM's Gaussian of sigma 1.5."""
_SAME_PLACE = 0.1
"""Millimetres under which two grids count as one."""

Unit = npt.NDArray[np.float64]
"""Intensities between 0 and 1."""


@dataclass(frozen=True)
class Scores:
    """psnr: dB, infinite for two equal images; nmse: 0 is equal; ssim: 1 is equal."""

    psnr: float
    nmse: float
    ssim: float


def compare(
    synthetic: Volume, real: Volume, mask: Array | None = None, regions: Mapping[str, Array] | None = None
) -> dict[str, Scores]:
    """Scores over the whole crop ("whole": the box around the mask) and inside the brain ("mask").

    mask: (i, j, k), the brain where not 0; the real scan's own foreground where None. The real scan is
    scaled by its own percentiles inside it, the synthetic one by 1/1000: no fit to the truth.
    regions: (i, j, k) by name, not 0 where more is asked (a tumour); what of them lies in the brain is scored as well
    """
    brain = foreground(real.data) if mask is None else np.asarray(mask != 0)
    _check(synthetic, real, brain)
    box = bounding_box(brain)
    if any(side.stop - side.start < _WINDOW for side in box):
        raise UnsupportedScan(f"The brain is too small to compare: SSIM needs {_WINDOW} voxels along each side.")
    truth, made, inside = to_unit(real, brain)[box], _synthetic_unit(synthetic)[box], brain[box]
    similarity = ssim_map(truth, made)
    asked = {"whole": np.ones_like(inside), "mask": inside}
    asked |= {name: inside & (region[box] != 0) for name, region in (regions or {}).items()}
    return {name: _scores(truth[where], made[where], similarity[where]) for name, where in asked.items() if where.any()}


def to_unit(real: Volume, mask: Array) -> Unit:
    """A real scan between 0 and 1: its 0.5 and 99.5 percentiles inside the mask, clipped.

    Times 1000 it stands where a synthetic volume would: the baseline "copy the source" is
    `compare(source.with_data(1000 * to_unit(source, mask)), target, mask)`.
    """
    data = np.nan_to_num(real.data.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = np.percentile(data[mask], [0.5, 99.5])
    if high <= low:
        raise UnsupportedScan("The real scan is constant inside the mask: there is nothing to compare with.")
    return np.clip((data - low) / (high - low), 0, 1)


def r_squared(synthetic: Volume, real: Volume, mask: Array) -> float:
    """Share of the real scan's variance inside the mask that the synthetic one explains, whatever its level.

    After the best scale and offset for this one volume: it tells structure from normalisation.
    """
    pair = np.corrcoef(synthetic.data[mask].astype(np.float64), real.data[mask].astype(np.float64))
    return float(pair[0, 1] ** 2)


def bounding_box(mask: Array) -> tuple[slice, slice, slice]:
    """The smallest box around what is True in (i, j, k)."""
    i, j, k = (np.flatnonzero(mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
    return slice(i[0], i[-1] + 1), slice(j[0], j[-1] + 1), slice(k[0], k[-1] + 1)


def _check(synthetic: Volume, real: Volume, brain: Array) -> None:
    """Refuse grids that are not one."""
    for name, shape in (("synthetic volume", synthetic.shape), ("mask", brain.shape)):
        if shape != real.shape:
            raise UnsupportedScan(f"The {name} has {_by(shape)} voxels, the real scan {_by(real.shape)}.")
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * (np.array(real.shape) - 1)
    apart = float(np.linalg.norm(synthetic.ras(corners) - real.ras(corners), axis=1).max())
    if apart > _SAME_PLACE:
        raise UnsupportedScan(f"The two grids lie {apart:.1f} mm apart: only scans on one grid can be compared.")
    if not brain.any():
        raise UnsupportedScan("The mask is empty: there is nothing to compare.")


def _synthetic_unit(synthetic: Volume) -> Unit:
    return np.clip(synthetic.data.astype(np.float64) / FULL_SCALE, 0, 1)


def ssim_map(truth: Unit, made: Unit) -> Unit:
    """SSIM at every voxel (i, j, k)."""
    from skimage.metrics import structural_similarity

    _, similarity = cast(Any, structural_similarity)(
        truth,
        made,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        K1=0.01,
        K2=0.03,
        data_range=1.0,
        full=True,
    )
    return similarity


def _scores(truth: Unit, made: Unit, similarity: Unit) -> Scores:
    squared = float(np.sum((truth - made) ** 2))
    psnr = 10 * math.log10(truth.size / squared) if squared > 0 else math.inf
    return Scores(psnr, squared / float(np.sum(truth**2)), float(similarity.mean()))


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
