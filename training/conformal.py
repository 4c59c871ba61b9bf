"""How far the truth lies from results, learnt from subjects that were held out (`python -m training calibrate`).

The subjects take turns: what a subject's errors are expected to be is learnt from the others, and the factor that
stretches it to the level from all turns. Voxels of one brain resemble each other, so what counts is the number of
subjects, and with three of them the level is a hope and no guarantee: docs/trust.md measures what becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from engine.calibration import Calibration, Direction, Expected, expected_error, table_of

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""At which coverage is measured."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Errors:
    """Voxels of one subject in one direction, all (voxels,) float32.

    z:      the source in standard deviations of its brain;  made: the result in file units
    spread: standard deviation over the samples (0 for one);  error: distance from the truth, in file units
    """

    z: Floats
    made: Floats
    spread: Floats
    error: Floats


Found = Mapping[str, Errors]
"""By subject."""


def calibration_of(measured: Mapping[Direction, Mapping[str, Found]], level: float) -> Calibration:
    """From all subjects. measured: by direction and by the name of the way; tables are learnt from the first way."""
    expected: dict[Direction, Expected] = {}
    names: dict[str, None] = {}
    for direction, ways in measured.items():
        first = next(iter(ways.values()))
        names |= dict.fromkeys(name for found in ways.values() for name in found)
        factors = {way: round(factor_of(found, first, level), 3) for way, found in ways.items() if len(found) > 1}
        if factors:
            expected[direction] = Expected(_table(first), factors)
    return Calibration(level, tuple(sorted(names)), expected)


def factor_of(found: Found, first: Found, level: float) -> float:
    """The quantile of true error over expected error, each subject's expectation learnt from the others in `first`."""
    turns = [errors.error / _expected(errors, _table(_without(first, name))) for name, errors in found.items()]
    return float(np.quantile(np.concatenate(turns), level))


@dataclass(frozen=True)
class Held:
    """One subject that neither table nor factor has seen.

    covered: share of its voxels inside the interval, by level
    width:   mean width of the interval over that of one width for all voxels, at the level that was asked for
    rank:    Spearman's correlation of true and expected error
    """

    covered: dict[float, float]
    width: float
    rank: float


def hold_out(found: Found, first: Found, level: float) -> dict[str, Held]:
    """Each subject in its turn, with everything learnt from the others (two at least)."""
    return {name: _held(errors, _without(found, name), _without(first, name), level) for name, errors in found.items()}


def _held(errors: Errors, others: Found, first: Found, level: float) -> Held:
    expected = _expected(errors, _table(first))
    covered = {q: float(np.mean(errors.error <= factor_of(others, first, q) * expected)) for q in LEVELS}
    flat = float(np.quantile(np.concatenate([other.error for other in others.values()]), level))
    width = factor_of(others, first, level) * float(expected.mean()) / flat
    return Held(covered, width, _rank_correlation(errors.error, expected))


def _table(found: Found) -> npt.NDArray[np.float64]:
    z, made, error = (np.concatenate([getattr(e, part) for e in found.values()]) for part in ("z", "made", "error"))
    return table_of(z, made, error)


def _expected(errors: Errors, table: npt.NDArray[np.float64]) -> Floats:
    return expected_error(table, errors.z, errors.made, errors.spread)


def _without(found: Found, name: str) -> Found:
    return {other: errors for other, errors in found.items() if other != name}


def _rank_correlation(first: Floats, second: Floats) -> float:
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
