"""Window (width) and level (centre): which intensities become which grey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.synthesis import FULL_SCALE
from engine.volume import Array

_SAMPLE = 300_000
"""Voxels looked at: percentiles of a strided sample differ from the exact ones by less than a grey level."""

_DIMMEST, _BRIGHTEST = 300.0, 3000.0
"""Where the brightest tissue of a synthetic scan in our units lies, at the least and at the most."""


@dataclass(frozen=True)
class WindowLevel:
    """Intensities from level - window / 2 (black) to level + window / 2 (white), in the scan's units."""

    window: float
    level: float

    @property
    def low(self) -> float:
        """The intensity shown black."""
        return self.level - self.window / 2

    @property
    def high(self) -> float:
        """The intensity shown white."""
        return self.level + self.window / 2

    @classmethod
    def between(cls, low: float, high: float) -> WindowLevel:
        """Black at `low`, white at `high`."""
        return cls(max(high - low, 1e-30), (low + high) / 2)


def auto(data: Array) -> WindowLevel:
    """0.5 to 99.5 percent of the voxels that are not zero."""
    sample = _sample(data)
    sample = sample[sample != 0]
    if sample.size == 0:
        return WindowLevel.between(0.0, 1.0)
    low, high = np.percentile(sample, (0.5, 99.5))
    if high == low:  # constant: shown bright, for black would look like nothing
        low -= abs(low)
    return WindowLevel.between(float(low), float(high))


def first_window(data: Array, synthetic: bool) -> WindowLevel:
    """The window a scan opens with: the automatic one; 0 to 1000 for synthetic data in our own units.

    A smooth result has no bright tail: its own percentiles would show it brighter than the real scan.
    """
    chosen = auto(data)
    top = chosen.level + chosen.window / 2
    ours = synthetic and chosen.low >= 0 and _DIMMEST < top < _BRIGHTEST
    return WindowLevel.between(0.0, FULL_SCALE) if ours else chosen


def spread(data: Array) -> float:
    """Intensities that a drag across the whole pane runs through: 0.1 to 99.9 percent of the data."""
    sample = _sample(data)
    if sample.size == 0:
        return 1.0
    low, high = np.percentile(sample, (0.1, 99.9))
    return float(high - low) or 1.0


def dragged(start: WindowLevel, right: float, up: float, gain: float) -> WindowLevel:
    """After a drag of so many pixels: right is wider, up is brighter; gain: intensities a pixel."""
    smallest = abs(gain) / 10
    return WindowLevel(max(start.window + right * gain, smallest), start.level - up * gain)


def to_grey(pixels: Array, window_level: WindowLevel) -> npt.NDArray[np.uint8]:
    """(rows, columns) of any type -> the same as 8-bit grey; what is not a number is black."""
    grey = pixels.astype(np.float32)
    grey -= np.float32(window_level.low)
    grey *= np.float32(255 / window_level.window)
    np.clip(grey, 0, 255, out=grey)
    grey += np.float32(0.5)
    if pixels.dtype.kind == "f":
        np.nan_to_num(grey, copy=False)
    return grey.astype(np.uint8)


def _sample(data: Array) -> Array:
    stride = max(1, round((data.size / _SAMPLE) ** (1 / 3)))
    sample = data[tuple(slice(None, None, min(stride, side)) for side in data.shape)].ravel()
    return sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample
