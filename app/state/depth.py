"""What the 3-D view shows: one frozen answer, and the arithmetic of its clip plane and its letters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from app.state.study import Entry, badge
from app.state.window_level import WindowLevel
from engine.files import Scan
from engine.volume import Array, Floats, Volume, orientation_of

if TYPE_CHECKING:
    from app.state.viewer import Point, Viewer

_CLEAR = 0.6
"""Millimetres that the volume is cut deeper than the slice shown in the cut: the slice lies in front of it."""

SIDES = (("R", (1, 0, 0)), ("L", (-1, 0, 0)), ("A", (0, 1, 0)), ("P", (0, -1, 0)), ("S", (0, 0, 1)), ("I", (0, 0, -1)))
"""The six sides of the patient and where they lie in the world."""


class Look(Enum):
    """How the volume is drawn."""

    SURFACE = "Surface"
    TRANSLUCENT = "Translucent"
    MIP = "Maximum intensity"
    NOTHING = "No volume"


class Cut(Enum):
    """Along what the clip plane lies, always through the crosshair; the value is the world axis it looks along."""

    SAGITTAL = 0
    CORONAL = 1
    AXIAL = 2
    VIEWER = 3


@dataclass(frozen=True)
class Clip:
    """What lies on this side of the plane is drawn.

    point:  on the plane, world mm
    normal: towards what stays; None: away from the viewer, or towards where `flipped`
    """

    point: Point
    normal: Point | None
    flipped: bool = False


@dataclass(frozen=True)
class Depth:
    """One 3-D picture but for the camera: two that are equal look the same.

    slices: index along i, j, k of the three planes in the picture; None: not shown there
    """

    scan: Scan
    window_level: WindowLevel
    look: Look
    clip: Clip | None
    slices: tuple[int | None, int | None, int | None]
    annotations: bool
    title: str
    badge: str | None


@dataclass(frozen=True)
class Facing:
    """How the patient lies before the camera: world directions of the screen's right and up, and towards the viewer."""

    right: Point
    up: Point
    nearer: Point

    def on_screen(self, direction: Point) -> Point:
        """A world direction as (right, up, towards the viewer)."""
        x, y, z = np.array([self.right, self.up, self.nearer]) @ direction
        return float(x), float(y), float(z)


def in_depth(viewer: Viewer, entry: Entry) -> Depth:
    """What the 3-D view shows of a scan."""
    volume = entry.scan.volume
    planes = viewer.planes_in_depth or viewer.look is Look.NOTHING
    return Depth(
        scan=entry.scan,
        window_level=entry.window_level,
        look=viewer.look,
        clip=None if viewer.cut is None else clip(volume, viewer.cut, viewer.crosshair, viewer.cut_flipped),
        slices=_slices(volume, viewer.crosshair) if planes else (None, None, None),
        annotations=viewer.annotations,
        title=entry.title,
        badge=badge(entry.scan),
    )


def said(depth: Depth) -> str:
    """How it is drawn, in words: neither a projection nor a cut may pass for the whole head."""
    look = {Look.MIP: "maximum intensity", Look.NOTHING: "planes"}.get(depth.look, depth.look.value.lower())
    return look if depth.clip is None or depth.look is Look.NOTHING else f"{look}, cut"


def clip(volume: Volume, cut: Cut, crosshair: Point, flipped: bool) -> Clip:
    """The plane of the slice under the crosshair; it takes away what is in front, on top or to the patient's left."""
    if cut is Cut.VIEWER:
        return Clip(crosshair, None, flipped)
    axis = int(np.flatnonzero(orientation_of(volume.affine)[:, 0] == cut.value)[0])
    ijk = volume.ijk(crosshair)
    ijk[axis] = np.floor(ijk[axis] + 0.5)
    normal = np.linalg.inv(volume.affine)[axis, :3]
    towards = 1 if (normal[cut.value] > 0) == (cut is Cut.SAGITTAL) else -1
    normal = normal / np.linalg.norm(normal) * (-towards if flipped else towards)
    return Clip(_point(volume.ras(ijk) + _CLEAR * normal), _point(normal))


def corners(volume: Volume, axis: int, index: int) -> Floats:
    """(3, 3) a slice's first corner and those across and down from it, world mm, at the edges of its outer voxels."""
    across, down = (other for other in range(3) if other != axis)
    ijk = np.full((3, 3), -0.5)
    ijk[:, axis] = index
    ijk[1, across] = volume.shape[across] - 0.5
    ijk[2, down] = volume.shape[down] - 0.5
    return volume.ras(ijk)


def slice_of(volume: Volume, axis: int, index: int) -> Array:
    """(down, across) the voxels that lie between `corners`, the first corner first."""
    return volume.data.take(index, axis=axis).T


def _slices(volume: Volume, crosshair: Point) -> tuple[int | None, int | None, int | None]:
    index = np.floor(volume.ijk(crosshair) + 0.5).astype(int).tolist()
    i, j, k = (at if 0 <= at < side else None for at, side in zip(index, volume.shape, strict=True))
    return i, j, k


def _point(values: Floats) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
