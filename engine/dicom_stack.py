"""From single slices to a stack that lies exactly where its files say, or a refusal that names what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.dicom_slices import Cut
from engine.errors import UnsupportedScan
from engine.volume import Array, Floats

_UNEVEN = 0.02
"""Difference between steps from slice to slice, in parts of a step, above which a slice is missing."""
_TILT = 0.5
"""Degrees between the stack and the slices' normal below which nothing is said."""
_SAME_PLACE = 0.01
"""Millimetres within which two slices lie at one place."""
_NAMED = 5
"""Gaps that are named one by one."""
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices in order: i along a row, j along a column, k from slice to slice.

    affine: (4, 4) voxel index -> world mm, RAS+, the slices' tilt included
    frames: for each frame its slices; more than one where every place was pictured several times
    """

    affine: Floats
    frames: tuple[tuple[Cut, ...], ...]
    warnings: tuple[str, ...] = ()


def stack(name: str, cuts: Sequence[Cut]) -> Stack:
    """Put slices in order; refuses in one sentence what is no even, grey stack."""
    cuts, warnings = _once(cuts)
    _check_kind(name, cuts)
    along, across = cuts[0].directions
    normal = np.cross(along, across)
    heights = np.array([cut.position @ normal for cut in cuts])
    order = sorted(range(len(cuts)), key=lambda at: (round(heights[at] / _SAME_PLACE), cuts[at].order))
    frames = _frames(name, [cuts[at] for at in order], heights[order])
    places: Floats = np.array([cut.position for cut in frames[0]], float)
    _check_steps(name, places)
    step = (places[-1] - places[0]) / (len(places) - 1)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = along * cuts[0].spacing[0], across * cuts[0].spacing[1]
    affine[:3, 2], affine[:3, 3] = step, places[0]
    return Stack(_LPS_TO_RAS @ affine, frames, (*warnings, *_tilt(step, normal)))


def _once(cuts: Sequence[Cut]) -> tuple[list[Cut], tuple[str, ...]]:
    """Each picture once: a copy of a file in the same place adds nothing."""
    single = list({cut.instance: cut for cut in cuts}.values())
    copies = len(cuts) - len(single)
    return single, (f"{copies} slices are there twice; each is used once.",) if copies else ()


def _check_kind(name: str, cuts: Sequence[Cut]) -> None:
    if any("MOSAIC" in cut.header["ImageType"] for cut in cuts):
        raise UnsupportedScan(f"{name} is a mosaic (all slices in one picture); convert it with dcm2niix.")
    if any(cut.position is None for cut in cuts) or len({cut.instance for cut in cuts}) < 2:
        raise UnsupportedScan(f"{name} is no series of slices; convert it with dcm2niix and give the .nii.gz.")
    if cuts[0].header["SamplesPerPixel"] > 1:
        raise UnsupportedScan(f"{name} holds colours, not intensities; Respin works on plain intensities.")
    directions = np.array([cut.directions for cut in cuts])
    if np.abs(directions - directions[0]).max() > 1e-3:
        count = len(np.unique(directions.round(2).reshape(len(cuts), -1), axis=0))
        raise UnsupportedScan(f"{name} mixes slices of {count} orientations (a localizer?); choose another series.")
    lengths = np.linalg.norm(directions[0], axis=1)
    if np.abs(lengths - 1).max() > 1e-3 or abs(directions[0, 0] @ directions[0, 1]) > 1e-3:
        raise UnsupportedScan(f"{name} gives directions that are not at right angles; convert it with dcm2niix.")
    if len(sizes := {(cut.sides, tuple(cut.spacing.round(4))) for cut in cuts}) > 1:
        shapes = " and ".join(sorted(f"{x} x {y} of {mm[0]:g} mm" for (x, y), mm in sizes))
        raise UnsupportedScan(f"{name} mixes slices of {shapes}; give one series.")


def _frames(name: str, cuts: Sequence[Cut], heights: Array) -> tuple[tuple[Cut, ...], ...]:
    """Slices of one height belong to frames; every height must have as many."""
    starts = [0, *(int(at) + 1 for at in np.flatnonzero(np.diff(heights) > _SAME_PLACE)), len(cuts)]
    counts = np.diff(starts)
    if len(counts) < 2:
        raise UnsupportedScan(f"{name} holds one slice only; give its whole series.")
    if len(set(counts)) > 1:
        usual = int(np.median(counts))
        odd = f"{np.sum(counts != usual)} of {len(counts)} places differ, the first at slice {_first(counts != usual)}"
        raise UnsupportedScan(
            f"{name} has {counts.min()} to {counts.max()} pictures at one place ({odd}): "
            "slices are missing or doubled; export the series again."
        )
    return tuple(tuple(cuts[start + frame] for start in starts[:-1]) for frame in range(int(counts[0])))


def _check_steps(name: str, places: Floats) -> None:
    steps = np.diff(places, axis=0)
    sizes = np.linalg.norm(steps, axis=1)
    step = float(np.median(sizes))
    if np.abs(sizes - step).max() > _UNEVEN * step:
        raise UnsupportedScan(
            f"{name} has slices {sizes.min():.2f} to {sizes.max():.2f} mm apart: {_odd(sizes, step)}; "
            "export the series again."
        )
    straight = (places[-1] - places[0]) / (len(places) - 1)
    aside = places - (places[0] + np.arange(len(places))[:, None] * straight)
    if np.linalg.norm(aside, axis=1).max() > _UNEVEN * step + _SAME_PLACE:
        raise UnsupportedScan(f"{name} has slices that do not lie on one straight line; convert it with dcm2niix.")


def _odd(sizes: Floats, step: float) -> str:
    """What must be wrong with the steps (mm) between slices: so many missing where the gaps are whole steps."""
    lacking = np.rint(sizes / step).astype(int) - 1
    if lacking.max() < 1 or lacking.min() < 0 or np.abs(sizes / step - 1 - lacking).max() > _UNEVEN * lacking.max():
        return (
            f"they do not lie evenly, the first odd step is after slice {_first(np.abs(sizes - step) > _UNEVEN * step)}"
        )
    gaps = [f"{count} after slice {at + 1}" for at, count in enumerate(lacking) if count]
    more = f" and {len(gaps) - _NAMED} more" if len(gaps) > _NAMED else ""
    return f"{lacking.sum()} missing ({', '.join(gaps[:_NAMED])}{more})"


def _first(odd: Array) -> int:
    """The number of the first slice that is odd, counted from 1."""
    return int(np.flatnonzero(odd)[0]) + 1


def _tilt(step: Floats, normal: Floats) -> tuple[str, ...]:
    along = abs(float(step @ normal)) / float(np.linalg.norm(step))
    degrees = float(np.rad2deg(np.arccos(min(along, 1.0))))
    if degrees < _TILT:
        return ()
    return (f"The slices are tilted by {degrees:.1f} degrees against their stack; they are shown where they lie.",)
