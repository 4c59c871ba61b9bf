"""In which frame a scan lies: is a world point one place in two of them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.state.subject import known_strangers, subject_of
from engine.files import Scan
from engine.volume import Floats, Volume

_SAME_PLACE = 0.01
"""Millimetres under which two grids count as one."""
_OVERLAP = 0.25
"""Share of the smaller box that two scans of one head have in common at least."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Where a scan lies, without its intensities: it may be kept when the scan is gone.

    space:   the frame of reference that the file names (a person in a scanner); "" where it names none
    grid:    the voxels, and nothing in them
    subject: whose it is, as far as the scan's name says
    """

    space: str
    grid: Volume
    subject: str = ""

    @classmethod
    def of(cls, scan: Scan) -> Frame:
        """The frame of a scan."""
        nothing = np.broadcast_to(np.uint8(0), scan.volume.shape)
        space = scan.origin.space if scan.origin is not None else ""
        return cls(space, scan.volume.with_data(nothing), subject_of(scan))


def one_frame(one: Frame, other: Frame) -> bool:
    """One scanner's frame; or one grid; or both know how they lie in the patient, and their boxes overlap."""
    if one.space and other.space:
        return one.space == other.space
    if same_grid(one.grid, other.grid):
        return one.grid.oriented == other.grid.oriented
    if not (one.grid.oriented and other.grid.oriented):
        return False
    return _overlap(one.grid, other.grid) >= _OVERLAP


def strangers(one: Frame, other: Frame) -> bool:
    """Whether these are two people, who may well lie on one grid: a template's, or a data set's."""
    return not (one.space and other.space) and known_strangers(one.subject, other.subject)


def same_grid(one: Volume, other: Volume) -> bool:
    """Whether two volumes have their voxels in the same places."""
    if one.shape != other.shape:
        return False
    corners = np.indices((2, 2, 2)).reshape(3, -1).T * (np.array(one.shape) - 1)
    return bool(np.abs(one.ras(corners) - other.ras(corners)).max() < _SAME_PLACE)


def _overlap(one: Volume, other: Volume) -> float:
    """Share of the smaller world box that the two have in common."""
    (low, high), (other_low, other_high) = _box(one), _box(other)
    common = np.prod(np.clip(np.minimum(high, other_high) - np.maximum(low, other_low), 0, None))
    return float(common / min(np.prod(high - low), np.prod(other_high - other_low)))


def _box(volume: Volume) -> tuple[Floats, Floats]:
    corners = volume.ras(np.indices((2, 2, 2)).reshape(3, -1).T * np.array(volume.shape) - 0.5)
    return corners.min(axis=0), corners.max(axis=0)
