"""How often each intensity occurs, in a scan and in a region of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.state.measuring import Region
from app.state.region import inside
from app.state.viewer import Viewer
from app.state.window_level import WindowLevel
from engine.volume import Array, Floats, Volume

BINS = 160
_SAMPLE = 3_000_000
"""Voxels counted; of a larger scan every n-th counts n times."""

_TAIL = 99.95
"""Percent of the voxels that the picture spans: a few bright vessels would press all others together."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of the voxels that are not zero.

    low, high: intensities at the edges of the first and last bin
    counts:    (n,) voxels, at most BINS bins
    region:    (n,) the same in the region that is measured; None without one
    """

    low: float
    high: float
    counts: Floats
    region: Floats | None = None

    def share(self, intensity: float) -> float:
        """Where an intensity stands: 0 at `low`, 1 at `high`."""
        return (intensity - self.low) / (self.high - self.low)

    def intensity(self, share: float) -> float:
        """The way back."""
        return self.low + share * (self.high - self.low)


def count(volume: Volume) -> Histogram:
    """Of a whole scan."""
    step = -(-volume.data.size // _SAMPLE)
    values = _finite(volume.data.ravel(order="K")[::step])
    values = values[values != 0]
    if values.size == 0:
        return Histogram(0.0, 1.0, np.zeros(BINS))
    low, high = float(values.min()), float(np.percentile(values, _TAIL))
    low, high, bins = _bins(low, high, whole=values.dtype.kind in "iu")
    return Histogram(low, high, _counts(values, low, high, bins) * step)


def count_region(of: Histogram, volume: Volume, viewer: Viewer) -> Floats | None:
    """(n,) counts in the chosen region, else in the one drawn last, in the bins of the scan's histogram."""
    chosen = viewer.chosen if isinstance(viewer.chosen, Region) else None
    region = chosen or next((m for m in reversed(viewer.measures) if isinstance(m, Region)), None)
    return None if region is None else _counts(_finite(inside(volume, region.ellipse)), of.low, of.high, len(of.counts))


def pulled(start: WindowLevel, edge: str, way: float) -> WindowLevel:
    """The window once its black or white edge ("low", "high"), or both ("level"), has moved by intensities."""
    low, high = start.low, start.low + start.window
    if edge == "level":
        return WindowLevel(start.window, start.level + way)
    least = start.window / 1000
    return (
        WindowLevel.between(min(low + way, high - least), high)
        if edge == "low"
        else WindowLevel.between(low, max(high + way, low + least))
    )


def _bins(low: float, high: float, whole: bool) -> tuple[float, float, int]:
    """Edges of the first and last bin and how many; each holds as many whole numbers as the others, else it combs."""
    if not whole:
        return low, high if high > low else low + max(1.0, abs(low)), BINS
    each = -(-int(high - low + 1) // BINS)
    bins = -(-int(high - low + 1) // each)
    return low - 0.5, low - 0.5 + bins * each, bins


def _counts(values: Array, low: float, high: float, bins: int) -> Floats:
    return np.histogram(values, bins=bins, range=(low, high))[0].astype(float)


def _finite(values: Array) -> Array:
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values
