"""Distances and regions that the reader has drawn: in the world, so that flips, layouts and grids leave them alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.state.frame import Frame, one_frame, strangers
from app.state.region import Ellipse, Numbers, numbers
from engine.volume import Floats, Volume

if TYPE_CHECKING:
    from app.state.viewer import Plane, Point, Viewer
    from engine.files import Scan

_NEAR = 1.0
"""Millimetres from a slice within which a measure is still drawn on it, however thin the slice is."""


@dataclass(frozen=True)
class Distance:
    """A straight line on a slice; start and end in world mm. frame: of the scan that it was drawn on."""

    plane: Plane
    start: Point
    end: Point
    frame: Frame | None = field(default=None, compare=False, repr=False)

    @property
    def length(self) -> float:
        """Millimetres."""
        return float(np.linalg.norm(np.subtract(self.end, self.start)))


@dataclass(frozen=True)
class Region:
    """An ellipse on a slice. frame: of the scan that it was drawn on."""

    plane: Plane
    ellipse: Ellipse
    frame: Frame | None = field(default=None, compare=False, repr=False)


Measure = Distance | Region


@dataclass(frozen=True)
class Mark:
    """A measure as one slice shows it. found: what the slice's scan holds in the region; None for a distance."""

    measure: Measure
    chosen: bool
    found: Numbers | None


def marks(viewer: Viewer, scan: Scan, plane: Plane, normal: int, index: int | None) -> tuple[Mark, ...]:
    """The measures that lie on slice `index` of a scan, which looks along voxel axis `normal`."""
    if index is None:
        return ()
    volume = scan.volume
    lying = (measure for measure in viewer.measures if _lies_on(measure, volume, plane, normal, index))
    here = (measure for measure in lying if belongs(measure, scan))
    return tuple(Mark(measure, measure is viewer.chosen, _found(measure, volume)) for measure in here)


def belongs(measure: Measure, scan: Scan) -> bool:
    """Whether a measure says anything of a scan: a stranger's head lies elsewhere in the same millimetres."""
    if measure.frame is None:
        return True
    here = Frame.of(scan)
    return one_frame(measure.frame, here) and not strangers(measure.frame, here)


def said(mark: Mark, synthetic: bool) -> str:
    """A measure in words, as they stand beside it on a slice."""
    if isinstance(mark.measure, Distance):
        return f"{mark.measure.length:.1f} mm"
    if mark.found is None or mark.found.count == 0:
        return "outside this scan"
    found, unit = mark.found, " a.u." if synthetic else ""
    area = f"{found.count} voxels, {mark.measure.ellipse.area:.1f} mm²"
    return f"{number(found.mean)} ± {number(found.deviation)}{unit}\n{area}"


def number(value: float) -> str:
    """An intensity, as exact as is useful."""
    text = f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return text.replace("-", "−")


def draw(viewer: Viewer, measure: Measure, instead_of: Measure | None = None) -> None:
    """Add a measure, or change one in its place; it is the chosen one then."""
    if instead_of is None:
        viewer.measures = (*viewer.measures, measure)
    else:
        viewer.measures = tuple(measure if other is instead_of else other for other in viewer.measures)
    viewer.chosen = measure


def erase(viewer: Viewer) -> bool:
    """Take the chosen measure away; whether there was one."""
    if viewer.chosen is None:
        return False
    viewer.measures, viewer.chosen = tuple(m for m in viewer.measures if m is not viewer.chosen), None
    return True


def _found(measure: Measure, volume: Volume) -> Numbers | None:
    return numbers(volume, measure.ellipse) if isinstance(measure, Region) else None


def _lies_on(measure: Measure, volume: Volume, plane: Plane, normal: int, index: int) -> bool:
    """Whether all of it is inside the slice's thickness, or nearly so."""
    if measure.plane is not plane:
        return False
    off = np.abs(volume.ijk(_points(measure))[:, normal] - index).max()
    thickness = 1 / float(np.linalg.norm(np.linalg.inv(volume.affine)[normal, :3]))
    return bool(off <= max(0.5 + 1e-6, _NEAR / thickness))


def _points(measure: Measure) -> Floats:
    """(n, 3) the points that hold it, world mm."""
    if isinstance(measure, Distance):
        return np.array([measure.start, measure.end])
    return measure.ellipse.ends
