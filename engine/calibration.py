"""How far the truth may lie from a result: an expected error, made an interval by subjects that were held out.

The expected error of a voxel is what results of its intensity, from sources of its intensity, were off by in the
validation subjects; several samples add their standard deviation. Split conformal prediction (Papadopoulos 2002)
stretches it: the factor is the quantile, at the level, of true error over expected error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from engine.modality import Modality
from engine.volume import Array

_SOURCE = (-3.0, 3.0)
"""Standard deviations of the source's brain at the first and the last row of a table."""
_RESULT = (0.0, 1000.0)
"""File units of the result at the first and the last column."""

_map_coordinates: Any = ndimage.map_coordinates  # scipy does not type its filters

Maps = npt.NDArray[np.float32]
Table = npt.NDArray[np.float64]
Direction = tuple[Modality, Modality]


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a manifest says of the errors of its bundle.

    level:    share of the voxels whose truth should lie inside the interval
    subjects: names of those it was calibrated on
    table:    (rows, columns) mean absolute error in file units, by source and by result, over all directions
    factors:  by direction, and by the name of the way where it was calibrated
    """

    level: float
    subjects: tuple[str, ...]
    table: Table
    factors: Mapping[Direction, Mapping[str, float]]

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Calibration | None:
        """Out of a manifest; None where it says nothing."""
        if not values:
            return None
        factors = {
            (Modality(source), Modality(target)): {str(way): float(factor) for way, factor in ways.items()}
            for source, targets in values["factors"].items()
            for target, ways in targets.items()
        }
        return cls(float(values["level"]), tuple(values["subjects"]), np.array(values["table"], float), factors)

    def to_json(self) -> dict[str, Any]:
        """For a manifest; read back by `from_json`."""
        factors: dict[str, dict[str, Any]] = {}
        for (source, target), ways in self.factors.items():
            factors.setdefault(source.value, {})[target.value] = dict(ways)
        table = np.round(self.table, 1).tolist()
        return {"level": self.level, "subjects": list(self.subjects), "table": table, "factors": factors}

    def doubt(self, direction: Direction, way: str, image: Maps, made: Maps, spread: Maps | None) -> Doubt | None:
        """How far the truth may lie from a result: the interval where this way was calibrated, else `bare`.

        image: (x, y, z) the source in model units;  made: the result in file units, 0 outside the brain
        spread: standard deviation over the samples
        """
        factor = self.factors.get(direction, {}).get(way)
        if factor is None:
            return bare(spread)
        inside = made != 0  # a third of the grid: the table is read there alone
        within = None if spread is None else spread[inside]
        values = np.float32(factor) * expected_error(self.table, standardised(image[inside]), made[inside], within)
        half = np.zeros_like(made)
        half[inside] = values
        told = {
            "meaning": "half the width of an interval",
            "level": self.level,
            "median": round(float(np.median(values)), 1),
            "calibrated_on": list(self.subjects),
        }
        return Doubt(half, told | {"words": words(told)})


@dataclass(frozen=True, eq=False)
class Doubt:
    """A map of uncertainty on the model grid, in file units, and what it means (JSON values only)."""

    map: Maps
    told: dict[str, Any]


def bare(spread: Maps | None) -> Doubt | None:
    """The samples' standard deviation for what it is; None for one sample."""
    if spread is None:
        return None
    told: dict[str, Any] = {"meaning": "standard deviation over the samples", "level": None, "calibrated_on": []}
    return Doubt(spread, told | {"words": words(told)})


def words(told: Mapping[str, Any]) -> str:
    """One sentence for what a `Doubt` tells."""
    if told["level"] is None:
        return "Standard deviation over the samples, not calibrated: it does not tell the distance from the truth."
    share, median, subjects = f"{100 * told['level']:.0f} %", f"±{told['median']:.0f}", len(told["calibrated_on"])
    return f"{share} of voxels within {median} of the truth (median of the map), calibrated on {subjects} subjects."


def expected_error(table: Table, z: Maps, made: Maps, spread: Maps | None = None) -> Maps:
    """Before the factor: the table between its rows and columns, and the samples' standard deviation on top.

    z, made, spread: (voxels,) of `standardised` sources, of results, and over the samples
    """
    rows, columns = table.shape
    row, column = _places(z, made)
    places = np.stack([row * (rows - 1), column * (columns - 1)])
    error = _map_coordinates(table.astype(np.float32), places, order=1, mode="nearest")
    return error if spread is None else error + spread


def standardised(values: Maps) -> Maps:
    """Intensities of a source's brain (voxels,) in standard deviations from their mean."""
    return (values - values.mean()) / max(float(values.std()), 1e-6)


def table_of(z: Array, made: Array, error: Array, shape: tuple[int, int] = (9, 11)) -> Table:
    """Mean absolute error by source and result, from voxels of any number of subjects (all three (voxels,)).

    Where few voxels fall, the mean of all weighs in, as heavy as a ten-thousandth of all voxels.
    """
    row, column = (np.rint(place * (n - 1)).astype(int) for place, n in zip(_places(z, made), shape, strict=True))
    at = row * shape[1] + column
    sums, counts = np.bincount(at, error, shape[0] * shape[1]), np.bincount(at, minlength=shape[0] * shape[1])
    few = error.size / 10_000
    return ((sums + few * error.mean()) / (counts + few)).reshape(shape)


def _places(z: Array, made: Array) -> tuple[Maps, Maps]:
    """Between the first and the last row, and column, of a table: 0 to 1."""
    given = ((z, _SOURCE), (made, _RESULT))
    row, column = (np.clip((values - low) / (high - low), 0, 1).astype(np.float32) for values, (low, high) in given)
    return row, column
