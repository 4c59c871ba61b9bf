"""Contrasts that were scanned on grids of their own, brought onto one; heads brought down to brains.

BraTS needs none of this. IXI and most BIDS folders hold what the scanner gave: each contrast on its own grid, with the
patient moved by a millimetre or two in between, and with a skull.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk

from engine.brain import extract, has_skull
from engine.modality import Modality
from engine.progress import finish
from engine.volume import Floats, Volume

_LPS = np.diag([-1.0, -1.0, 1.0])
_SAME = 1e-3
"""mm within which two grids are one."""
_DECIMALS = 9
"""Of radians and mm: sums over threads differ from run to run by less, in their last bits."""


def on_one_grid(volumes: dict[Modality, Volume]) -> dict[Modality, Volume]:
    """Every contrast on the grid of the first (T1, where there is one), after a rigid registration to it.

    What shares a grid was scanned together (IXI's T2 and PD) and moves together. NaN where a contrast was not scanned.
    """
    reference, *others = sorted(volumes, key=list(Modality).index)
    fixed = volumes[reference]
    found = {reference: fixed}
    moves: list[tuple[Volume, Any]] = []
    for modality in others:
        volume = volumes[modality]
        if same_grid(volume, fixed):
            found[modality] = volume
            continue
        known = next((move for grid, move in moves if same_grid(grid, volume)), None)
        move = known if known is not None else register(fixed, volume)
        moves.append((volume, move))
        found[modality] = resampled(volume, fixed, move, outside=np.nan)
    return {modality: found[modality] for modality in volumes}


def without_skull(volumes: dict[Modality, Volume]) -> dict[Modality, Volume]:
    """Contrasts on one grid with 0 outside the brain, which is found on the first that shows a skull.

    0, too, where a contrast was not scanned (NaN): fluid of 0 inside the brain is lifted, what nobody saw is not.
    """
    filled = {m: v.with_data(np.nan_to_num(v.data)) for m, v in volumes.items()}
    heads = [volume for volume in filled.values() if has_skull(volume)]
    if not heads:
        return filled
    brain = finish(extract(heads[0])).data != 0
    seen = {m: brain & ~np.isnan(v.data) for m, v in volumes.items()}
    return {m: v.with_data(np.where(seen[m], np.maximum(v.data, _least(v.data)), 0)) for m, v in filled.items()}


def same_grid(one: Volume, other: Volume) -> bool:
    """Whether the voxels of two volumes lie in the same places."""
    return one.shape == other.shape and bool(np.allclose(one.affine, other.affine, atol=_SAME))


def register(fixed: Volume, moving: Volume) -> Any:
    """The rigid transform (SimpleITK) from `fixed` to `moving`: mutual information, coarse to fine, always the same."""
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.1, 1)  # its own seed would be the clock
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2])
    method.SetSmoothingSigmasPerLevel([2, 1])
    start = sitk.Euler3DTransform()
    start.SetCenter((_LPS @ fixed.centre).tolist())
    method.SetInitialTransform(start, inPlace=False)
    move = method.Execute(_image(fixed), _image(moving))
    move.SetParameters(np.round(move.GetParameters(), _DECIMALS).tolist())
    return move


def shift(move: Any, ras: Floats) -> Floats:
    """(3,) mm, RAS+: from a world point of `fixed` to where a transform of `register` finds it in `moving`."""
    return _LPS @ np.array(move.TransformPoint((_LPS @ ras).tolist())) - ras


def resampled(volume: Volume, like: Volume, move: Any, outside: float = 0.0) -> Volume:
    """A volume on the grid of another, after a transform of `register(like, volume)`; `outside` beyond its own grid."""
    made = sitk.Resample(_image(volume), _image(like), move, sitk.sitkLinear, outside)
    return like.with_data(sitk.GetArrayFromImage(made).T)


def _image(volume: Volume) -> sitk.Image:
    image = sitk.GetImageFromArray(np.nan_to_num(volume.data).astype(np.float32).T)
    image.SetSpacing(volume.spacing.tolist())
    image.SetOrigin((_LPS @ volume.affine[:3, 3]).tolist())
    image.SetDirection((_LPS @ (volume.affine[:3, :3] / volume.spacing)).ravel().tolist())
    return image


def _least(data: Any) -> float:
    """Above 0: inside a brain 0 is fluid, not background."""
    return float(np.finfo(np.float32).eps) if data.dtype.kind == "f" else 1.0
