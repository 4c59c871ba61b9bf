"""From what the reader wants to see to a frozen answer, and all arithmetic between pane, slice and world.

A scan is shown along its own voxel axes, each plane along the axis nearest to its world axis, so that
voxels are shown as they were acquired. Oblique and sheared grids keep their true angles and millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from nibabel.orientations import io_orientation

from app.state.colormap import Colormap
from app.state.measuring import Mark, marks
from app.state.mixed import Mixed
from app.state.study import Entry, badge
from app.state.viewer import Field, Framing, Plane, Point, Viewer
from app.state.window_level import WindowLevel
from engine.files import Scan
from engine.volume import Array, Floats, Volume

_IN_PLANE = {Plane.SAGITTAL: (1, 2), Plane.CORONAL: (0, 2), Plane.AXIAL: (0, 1)}
"""World axes across and down a pane."""

_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))
_SECOND_LETTER = 0.38
"""Share of a direction (sine of 22.5 degrees) from which an oblique one gets a second letter."""

Size = tuple[float, float]
"""Width and height of a pane, in device-independent pixels."""


@dataclass(frozen=True)
class Letters:
    """Where the patient's sides lie at the edges of a pane."""

    left: str
    right: str
    top: str
    bottom: str


@dataclass(frozen=True, eq=False)
class Plate:
    """How one plane of a volume lies on the screen.

    normal: voxel axis that the plane looks along
    ijk:    (3, 3) picture (column, row, 1) -> voxel of slice 0
    mm:     (2, 2) picture (column, row) -> mm to the right and down
    right, down: (3,) unit vectors in the world
    """

    normal: int
    ijk: Floats
    mm: Floats
    right: Floats
    down: Floats


@dataclass(frozen=True)
class Slice:
    """One picture, completely: two that are equal look the same. A pane redraws only when the answer differs.

    index:     of the slice; None where the crosshair lies outside the scan
    pixels:    (rows, columns) native dtype, rows downwards, a view into the scan's data
    plate:     how it lies on the screen, decided by scan, plane and convention
    crosshair: the crosshair in the picture (column, row); focus: the same of the pane's middle
    fitted:    mm across and down that fill the pane at zoom 1
    mixed:     the second scan, where two are in one picture
    """

    scan: Scan
    plane: Plane
    index: int | None
    count: int
    window_level: WindowLevel
    crosshair: tuple[float, float]
    focus: tuple[float, float]
    fitted: tuple[float, float]
    framing: Framing
    radiological: bool
    interpolate: bool
    show_crosshair: bool
    annotations: bool
    title: str
    badge: str | None
    letters: Letters | None
    position: float
    marks: tuple[Mark, ...]
    colormap: Colormap = Colormap.GREY
    mixed: Mixed | None = None
    pixels: Array = field(compare=False, repr=False, kw_only=True)
    plate: Plate = field(compare=False, repr=False, kw_only=True)

    def scale(self, size: Size) -> float:
        """Device-independent pixels a mm in a pane of this size."""
        return self.framing.zoom * min(size[0] / self.fitted[0], size[1] / self.fitted[1])

    def to_pane(self, size: Size) -> Floats:
        """(2, 3) picture (column, row, 1) -> pane pixels; whole numbers are the middles of voxels."""
        linear = self.plate.mm * self.scale(size)
        offset = np.array(size) / 2 - linear @ self.focus
        return np.column_stack([linear, offset])

    def ras_at(self, x: float, y: float, size: Size) -> Point:
        """World point under a pane pixel, in the middle of the slice's thickness."""
        matrix = self.to_pane(size)
        column, row = np.linalg.solve(matrix[:, :2], np.array([x, y]) - matrix[:, 2])
        return self._ras(column, row)

    def pixel_of(self, ras: Point, size: Size) -> tuple[float, float]:
        """Pane pixel of a world point, projected along the voxel axis of the plane."""
        x, y = self.to_pane(size) @ [*_picture(self.plate, self.scan.volume.ijk(ras)), 1.0]
        return float(x), float(y)

    def moved(self, right: float, down: float, size: Size) -> Point:
        """World mm of a drag of so many pixels."""
        return _point((right * self.plate.right + down * self.plate.down) / self.scale(size))

    def focus_ras(self) -> Point:
        """World point in the middle of the pane."""
        return self._ras(*self.focus)

    def _ras(self, column: float, row: float) -> Point:
        ijk = self.plate.ijk @ np.array([column, row, 1.0])
        ijk[self.plate.normal] = self.index or 0
        return _point(self.scan.volume.ras(ijk))


def resolve(viewer: Viewer, entry: Entry, plane: Plane) -> Slice:
    """What a pane shows of a scan in one plane."""
    volume = entry.scan.volume
    plate = lay(volume, plane, viewer.radiological)
    shown = viewer.field or Field.of(volume)
    framing = viewer.framing[plane.value]
    across, down = _IN_PLANE[plane]
    ijk = volume.ijk(viewer.crosshair)
    index = _index(volume, plate.normal, ijk)
    focus = np.array(shown.centre) + framing.shift
    return Slice(
        scan=entry.scan,
        plane=plane,
        index=index,
        count=volume.shape[plate.normal],
        window_level=entry.window_level,
        crosshair=_picture(plate, ijk),
        focus=_picture(plate, volume.ijk(focus)),
        fitted=(shown.extent[across], shown.extent[down]),
        framing=framing,
        radiological=viewer.radiological,
        interpolate=viewer.interpolate,
        show_crosshair=viewer.show_crosshair and viewer.annotations,
        annotations=viewer.annotations,
        title=entry.title,
        badge=badge(entry.scan),
        letters=letters(plate) if volume.oriented else None,
        position=viewer.crosshair[plane.value],
        marks=marks(viewer, entry.scan, plane, plate.normal, index),
        colormap=entry.colormap,
        pixels=plane_pixels(volume, plate, index),
        plate=plate,
    )


def lay(volume: Volume, plane: Plane, radiological: bool) -> Plate:
    """How a plane lies on the screen: anterior and superior up, a sagittal plane's front to the left."""
    return _laid(np.asarray(volume.affine, np.float64).tobytes(), volume.shape, plane, radiological)


@lru_cache(maxsize=256)
def _laid(grid: bytes, shape: tuple[int, ...], plane: Plane, radiological: bool) -> Plate:
    """The same of a float64 affine; asked for with every slice, and a third of its time."""
    affine = np.frombuffer(grid).reshape(4, 4)
    orientation = io_orientation(affine)
    axis_of = {int(world): voxel for voxel, world in enumerate(orientation[:, 0])}
    across, down = (axis_of[world] for world in _IN_PLANE[plane])
    neurological = plane is not Plane.SAGITTAL and not radiological
    steps = (orientation[across, 1] * (1 if neurological else -1), -orientation[down, 1])
    ijk = np.zeros((3, 3))
    for picture_axis, (voxel_axis, step) in enumerate(zip((across, down), steps, strict=True)):
        ijk[voxel_axis, picture_axis] = step
        ijk[voxel_axis, 2] = 0 if step > 0 else shape[voxel_axis] - 1
    column, row = (affine[:3, :3] @ ijk[:, :2]).T
    right = column / np.linalg.norm(column)
    down_vector = row - (row @ right) * right
    down_vector = down_vector / np.linalg.norm(down_vector)
    mm = np.array([[column @ right, row @ right], [column @ down_vector, row @ down_vector]])
    return Plate(axis_of[plane.value], ijk, mm, right, down_vector)


@lru_cache(maxsize=256)
def letters(plate: Plate) -> Letters:
    """What lies at the edges, from the directions on the screen; an oblique direction has two letters."""
    return sides(plate.right, plate.down)


def sides(right: Floats, down: Floats) -> Letters:
    """The same of any view, from the world directions to its right and down it."""
    return Letters(left=_letter(-right), right=_letter(right), top=_letter(-down), bottom=_letter(down))


def neighbour(viewer: Viewer, volume: Volume, plane: Plane, steps: float) -> Point:
    """The crosshair so many slices further to the right, the front or the top, never outside the volume."""
    normal = lay(volume, plane, radiological=True).normal
    ijk = volume.ijk(viewer.crosshair)
    towards = 1 if volume.affine[plane.value, normal] >= 0 else -1
    last = volume.shape[normal] - 1
    ijk[normal] = min(max(round(float(ijk[normal])) + steps * towards, 0), last)
    return _point(volume.ras(ijk))


def _index(volume: Volume, normal: int, ijk: Floats) -> int | None:
    index = round(float(ijk[normal]))
    return index if 0 <= index < volume.shape[normal] else None


def plane_pixels(volume: Volume, plate: Plate, index: int | None) -> Array:
    """(rows, columns) of a slice as it lies on the screen, not copied."""
    if index is None:
        return np.zeros((0, 0), volume.data.dtype)
    across, down = (int(np.flatnonzero(plate.ijk[:, axis])[0]) for axis in (0, 1))
    flat = volume.data[tuple(index if axis == plate.normal else slice(None) for axis in range(3))]
    picture = flat.T if across < down else flat
    return picture[:: int(plate.ijk[down, 1]), :: int(plate.ijk[across, 0])]


def _picture(plate: Plate, ijk: Floats) -> tuple[float, float]:
    """Column and row of a voxel."""
    column, row = plate.ijk[:, :2].T @ (ijk - plate.ijk[:, 2])
    return float(column), float(row)


def _letter(direction: Floats) -> str:
    order = np.argsort(-np.abs(direction))
    named = [axis for rank, axis in enumerate(order) if rank == 0 or abs(direction[axis]) > _SECOND_LETTER]
    return "".join(_LETTERS[axis][int(direction[axis] > 0)] for axis in named)


def _point(values: Floats) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
