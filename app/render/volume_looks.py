"""How the volume is drawn: colours, opacities and light of each look, as the caster wants them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation
from scipy.ndimage import affine_transform
from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolumeProperty

from app.state.depth import Look
from app.state.viewer import bright_box
from app.state.window_level import WindowLevel, auto
from engine.volume import Array, Floats, Volume

_TOP = 32767
"""The fixed-point caster keeps 15 bits."""

_SHADES = {
    Look.SURFACE: ((0, 0.0), (60, 0.46), (150, 0.86), (255, 1.0)),
    Look.TRANSLUCENT: ((0, 0.0), (100, 0.25), (255, 1.0)),
    Look.MIP: ((96, 0.0), (255, 0.62), (400, 1.0)),
}
"""Grey of the window -> brightness. A maximum is nearly always white in the window: the projection darkens it."""

_OPACITIES = {
    Look.SURFACE: ((0, 0.0), (28, 0.0), (62, 0.5), (255, 0.92)),
    Look.TRANSLUCENT: ((0, 0.0), (34, 0.0), (255, 0.07)),
    Look.MIP: ((-1000, 1.0), (1000, 1.0)),
}
"""Grey of the scan's own window -> opacity of a mm: what is tissue does not depend on the brightness chosen."""

_EDGES = ((0, 0.03), (4, 0.06), (30, 1.0))
"""Greys from voxel to voxel -> share of the opacity: only edges are seen through glass."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A volume as the caster holds it.

    data:      (i, j, k) uint16, 0 at `low` and 32767 at `high`
    affine:    (4, 4) its index -> world mm
    low, high: intensities
    own:       the window that fits the data
    """

    data: npt.NDArray[np.uint16]
    affine: Floats
    low: float
    high: float
    own: WindowLevel

    def at(self, grey: float, window_level: WindowLevel) -> float:
        """The stored number of a grey (0 to 255) of a window."""
        intensity = window_level.low + grey / 255 * window_level.window
        return (intensity - self.low) / (self.high - self.low) * _TOP


def store(volume: Volume, look: Look, voxels: int) -> Stored:
    """The bright box turned to the nearest R, A, S, in at most so many voxels; a maximum stays a maximum."""
    orientation = io_orientation(volume.affine)
    turned = np.asarray(apply_orientation(volume.data, orientation))
    low, high = bright_box(turned)
    box = turned[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]
    affine = volume.affine @ inv_ornt_aff(orientation, volume.shape) @ _moved(low)
    if box.dtype.kind == "f" and not np.isfinite(box.sum(dtype=np.float64)):
        box = np.nan_to_num(box, nan=0.0, posinf=0.0, neginf=0.0)
    own = auto(box)
    shrink = (box.size / voxels) ** (1 / 3)
    if shrink > 1:
        box, scaling = _largest(box, int(np.ceil(shrink))) if look is Look.MIP else _smaller(box, shrink)
        affine = affine @ scaling
    least, most = float(box.min()), float(box.max())
    apart = max(most - least, 1e-6 * abs(least), 1e-30)  # of a constant, too, what is added to it must be seen
    return Stored(_numbers(box, least, _TOP / apart), affine, least, least + apart, own)


def look_of(look: Look, stored: Stored, window_level: WindowLevel) -> vtkVolumeProperty:
    """Colours follow the window that the reader chose; what is solid follows the scan."""
    made = vtkVolumeProperty()
    made.SetInterpolationTypeToLinear()
    made.SetColor(_colours(_SHADES[look], stored, window_level))
    made.SetScalarOpacity(_steps([(stored.at(grey, stored.own), share) for grey, share in _OPACITIES[look]]))
    if look is Look.TRANSLUCENT:
        a_grey = stored.at(1, stored.own) - stored.at(0, stored.own)
        made.SetGradientOpacity(_steps([(grey * a_grey, share) for grey, share in _EDGES]))
    made.SetShade(int(look is Look.SURFACE))
    made.SetAmbient(0.32)
    made.SetDiffuse(0.95)
    made.SetSpecular(0.12)
    return made


def _colours(
    shades: tuple[tuple[float, float], ...], stored: Stored, window_level: WindowLevel
) -> vtkColorTransferFunction:
    made = vtkColorTransferFunction()
    for grey, shade in shades:
        made.AddRGBPoint(stored.at(grey, window_level), shade, shade * 0.97, shade * 0.93)
    return made


def _steps(points: list[tuple[float, float]]) -> vtkPiecewiseFunction:
    made = vtkPiecewiseFunction()
    for at, share in points:
        made.AddPoint(at, share)
    return made


def _numbers(box: Array, least: float, scale: float) -> npt.NDArray[np.uint16]:
    """(i, j, k) as the caster holds it, the first index fastest; by slices, for a large one has no room as floats."""
    numbers = np.empty(box.shape, np.uint16, order="F")
    for k in range(box.shape[2]):
        numbers[:, :, k] = (box[:, :, k].astype(np.float32) - np.float32(least)) * np.float32(scale)
    return numbers


def _largest(box: Array, step: int) -> tuple[Array, Floats]:
    """The largest of every step³ voxels, fewer at the far edges, and the affine of the new grid in the old one."""
    for axis in (2, 1, 0):
        box = np.maximum.reduceat(box, np.arange(0, box.shape[axis], step), axis)
    scaling = np.diag([step, step, step, 1.0])
    scaling[:3, 3] = (step - 1) / 2
    return box, scaling


def _smaller(box: Array, shrink: float) -> tuple[Array, Floats]:
    """Linear between voxels, `shrink` of them apart, and the affine of the new grid in the old one."""
    from_k = box.T  # most files run along i: five times faster than against the grain
    sides = tuple(int((side - 1) // shrink) + 1 for side in from_k.shape)
    fewer = affine_transform(from_k, np.full(3, shrink), output_shape=sides, output=np.float32, order=1)
    return fewer.T, np.diag([shrink] * 3 + [1.0])


def _moved(low: Array) -> Floats:
    moved = np.eye(4)
    moved[:3, 3] = low
    return moved
