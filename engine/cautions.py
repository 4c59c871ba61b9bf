"""What to bear in mind before a result is believed: one list, shown before the run and kept with the result.

Each is a sentence. Nothing here refuses: what cannot be worked on at all is refused where it is met.
"""

from __future__ import annotations

import numpy as np

from engine.brain import LARGEST_BRAIN, SMALLEST_BRAIN, has_skull, millilitres
from engine.files import Scan
from engine.modality import Modality
from engine.volume import Array, Floats, Volume, foreground, orientation_of

_THICK = 4.0
"""Millimetres between slices above which what lies between them is mostly guessed."""
_UNEVEN = 6.0
"""Longest side of a voxel in shortest ones above which the same is said."""
_LEAST_VIEW = (110.0, 130.0, 100.0)
"""Millimetres along R, A, S that the image of a head must span to hold a small adult brain."""
_SMALL_BRAIN = 800.0
"""Millilitres; adults' brains with their fluid begin at about 900, a child's of one year has 800."""
_CUT = 0.15
"""Share of the brain's largest section that lies in the image's last slice where the brain goes on beyond it.

The slice at a brain's very top has less even where slices are 5 mm thick, and so has the brain stem.
"""
_ENOUGH = 96
"""Voxels along a side that tell a volume as well as all of them do; more are passed over."""
_SIDES = (("left", "right"), ("back", "front"), ("bottom", "top"))
_SPANS = ("from left to right", "from back to front", "from bottom to top")


def before(scan: Scan, source: Modality | None) -> tuple[str, ...]:
    """What the scan alone tells before any network runs, in milliseconds.

    source: the contrast that it is taken for
    """
    thinned = _thinned(scan.volume)
    seen = _of_view(scan.volume) if has_skull(thinned) else of_brain(scan.volume)
    return (*_of_origin(scan), *_of_contrast(scan, source), *_of_spacing(scan.volume), *seen)


def of_brain(brain: Volume) -> tuple[str, ...]:
    """What the brain without its skull tells: its size, and whether the image cuts it."""
    thinned = _thinned(brain)
    present = foreground(thinned.data)
    found = millilitres(thinned, present)
    if found < SMALLEST_BRAIN:
        return (f"No brain is seen: what is not 0 measures {found:.0f} ml, and a newborn's brain has 350.",)
    size: tuple[str, ...] = ()
    if not _SMALL_BRAIN <= found <= LARGEST_BRAIN:
        size = (
            f"The brain measures {found:.0f} ml, an adult's 900 to 2,000: it is a child's, it is cut, "
            "or the voxel size is wrong.",
        )
    cut = _cut_at(brain, present)
    edge = (f"The brain reaches the edge of the image ({', '.join(cut)}): a part of it is missing.",) if cut else ()
    return (*size, *edge)


def _of_origin(scan: Scan) -> tuple[str, ...]:
    if not scan.synthetic:
        return ()
    name = "The series" if scan.from_dicom else scan.path.name  # folders are called after patients
    return (f"{name} is synthetic itself: the result is a guess from a guess.",)


def _of_contrast(scan: Scan, source: Modality | None) -> tuple[str, ...]:
    """Whether the contrast that the scan is taken for is the one that its file speaks of."""
    told = scan.acquired or scan.recognised
    agent = (source, told) == (Modality.T1CE, Modality.T1)  # contrast agents are left out of most headers
    if source is None or told in (None, source) or agent:
        return ()
    witness = "how it was acquired" if scan.acquired else "its name"
    return (f"The scan is taken for {source.label}, and {witness} says {told.label}: correct the contrast if wrong.",)


def _of_spacing(volume: Volume) -> tuple[str, ...]:
    longest, shortest = float(volume.spacing.max()), float(volume.spacing.min())
    if longest <= _THICK and longest <= _UNEVEN * shortest:
        return ()
    sides = " x ".join(f"{side:.2g}" for side in volume.spacing)
    return (f"The voxels are coarse ({sides} mm): what is finer than {longest:.3g} mm is guessed.",)


def _of_view(volume: Volume) -> tuple[str, ...]:
    """Whether the image of a head is too small for a brain."""
    spans: Floats = np.empty(3)
    spans[_axes(volume)] = np.array(volume.shape) * volume.spacing
    short = [
        f"{span:.0f} mm {along}" for span, along, least in zip(spans, _SPANS, _LEAST_VIEW, strict=True) if span < least
    ]
    return (f"The image spans {' and '.join(short)}, less than a brain: a part of it is missing.",) if short else ()


def _cut_at(brain: Volume, present: Array) -> list[str]:
    """The sides of the image that cut the brain. present: (i, j, k) bool of the thinned brain."""
    step = np.array(_steps(brain))
    cut: list[str] = []
    for axis, (along, sign) in enumerate(orientation_of(brain.affine).astype(int)):
        others = tuple(other for other in range(3) if other != axis)
        largest = present.sum(axis=others).max() * step[list(others)].prod()
        for end, side in ((0, int(sign < 0)), (-1, int(sign > 0))):
            if np.count_nonzero(foreground(brain.data.take(end, axis))) > _CUT * largest:
                cut.append(_SIDES[along][side] if brain.oriented else "one side")
    return list(dict.fromkeys(cut))


def _axes(volume: Volume) -> Array:
    """(3,) which of R, A, S is nearest to i, j, k."""
    return orientation_of(volume.affine)[:, 0].astype(int)


def _steps(volume: Volume) -> tuple[int, int, int]:
    i, j, k = (max(side // _ENOUGH, 1) for side in volume.shape)
    return i, j, k


def _thinned(volume: Volume) -> Volume:
    """Every n-th voxel of a fine grid, not copied."""
    i, j, k = _steps(volume)
    return Volume(volume.data[::i, ::j, ::k], volume.affine @ np.diag([i, j, k, 1]), volume.oriented)
