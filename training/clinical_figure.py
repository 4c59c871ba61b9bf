"""The picture of a clinical evaluation: source, synthetic, registered truth and error, axial and sagittal, in mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.metrics import FULL_SCALE, to_unit
from engine.modality import Modality
from engine.volume import RAS, Array, Volume, foreground, orientation_of, turn
from training.montage import Picture, grey, signed, write_png

_GAP = 2
_BESIDE = 12.0
"""mm to the patient's right of the brain's middle: beside the cleft, through ventricle and deep nuclei."""
_WORST = 0.3
"""Of the full scale: a difference shown in full colour."""


@dataclass(frozen=True, eq=False)
class Line:
    """One target: the synthetic volume (0 to 1000) and the registered truth, on the source's grid."""

    target: Modality
    made: Volume
    truth: Volume


def figure(source: Modality, brain: Volume, lines: Sequence[Line], out: Path) -> None:
    """Write a row a target. Axial: front up, the patient's right on the left; sagittal: front on the left."""
    at = place(brain)
    shown = to_unit(brain, foreground(brain.data)) * foreground(brain.data)
    rows = [_row(brain, shown, line, at) for line in lines]
    targets = " ".join(line.target.label for line in lines)
    words = (
        f"SYNTHETIC - AI - not for diagnosis; {source.label} -> {targets}; source, synthetic, real (registered), error"
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_png(out, np.concatenate(rows), words)


def _row(brain: Volume, shown: Array, line: Line, at: tuple[int, int]) -> Picture:
    inside = line.truth.data != 0
    truth = to_unit(line.truth, inside) * inside
    made = np.clip(line.made.data / FULL_SCALE, 0, 1) * foreground(brain.data)
    parts: list[Picture] = []
    for view in (axial, sagittal):
        first, second, third = (view(brain.with_data(data.astype(np.float32)), at) for data in (shown, made, truth))
        error = signed(np.where(third > 0, second, 0), third, _WORST)
        parts += [grey(first, 1.0), grey(second, 1.0), grey(third, 1.0), error]
    height = max(part.shape[0] for part in parts)
    return np.concatenate(
        [np.pad(part, ((_GAP, height - part.shape[0] + _GAP), (_GAP, _GAP), (0, 0))) for part in parts], axis=1
    )


def place(brain: Volume) -> tuple[int, int]:
    """Which sagittal and which axial slice (of axes turned to R, A, S): beside the middle, and where most brain is."""
    orientation = orientation_of(brain.affine)
    inside = turn(foreground(brain.data), orientation, RAS)
    spacing = brain.spacing[np.argsort(orientation[:, 0])]
    middle = np.argwhere(inside.any(axis=(1, 2))).mean() + _BESIDE / spacing[0]
    sagittal_at = int(np.clip(round(middle), 0, inside.shape[0] - 1))
    return sagittal_at, int(np.argmax(np.count_nonzero(inside, axis=(0, 1))))


def axial(volume: Volume, at: tuple[int, int]) -> npt.NDArray[np.float32]:
    """(h, w), 1 mm a pixel: front up, the patient's right on the left."""
    turned, spacing = _turned(volume)
    return _in_mm(turned[:, :, at[1]].T[::-1, ::-1], spacing[1], spacing[0])


def sagittal(volume: Volume, at: tuple[int, int]) -> npt.NDArray[np.float32]:
    """(h, w), 1 mm a pixel: top up, front on the left."""
    turned, spacing = _turned(volume)
    return _in_mm(turned[at[0]].T[::-1, ::-1], spacing[2], spacing[1])


def _turned(volume: Volume) -> tuple[Array, npt.NDArray[np.floating]]:
    orientation = orientation_of(volume.affine)
    return turn(volume.data, orientation, RAS), volume.spacing[np.argsort(orientation[:, 0])]


def _in_mm(cut: Array, down: float, across: float) -> npt.NDArray[np.float32]:
    """Nearest voxels, so that thick slices are seen as what they are. down, across: mm of a voxel."""
    rows, columns = (
        np.minimum((np.arange(round(side * mm)) / mm).astype(int), side - 1)
        for side, mm in zip(cut.shape, (down, across), strict=True)
    )
    return cut[np.ix_(rows, columns)]
