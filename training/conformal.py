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

from engine.calibration import Calibration, Direction, Table, expected_error, table_of

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
Measured = Mapping[Direction, Mapping[str, Found]]
"""By direction and by the name of the way; the table is learnt from the first way."""


@dataclass(frozen=True)
class Held:
    """One subject, in one direction, that neither table nor factor has seen.

    covered: share of its voxels inside the interval, by level
    width:   mean width of the interval over that of one width for all voxels, at the level that was asked for
    rank:    Spearman's correlation of true and expected error
    """

    covered: dict[float, float]
    width: float
    rank: float


def calibration_of(measured: Measured, level: float) -> Calibration:
    """From all subjects."""
    names = subjects_of(measured)
    tables = {name: table_without(measured, name) for name in names}
    factors = {
        direction: {
            way: round(float(np.quantile(stretches(found, tables), level)), 3)
            for way, found in ways.items()
            if len(found) > 1
        }
        for direction, ways in measured.items()
    }
    return Calibration(level, names, table_without(measured), factors)


def hold_out(measured: Measured, way: str, level: float) -> dict[tuple[Direction, str], Held]:
    """Every direction of each subject in its turn, with everything learnt from the others (two at least)."""
    held: dict[tuple[Direction, str], Held] = {}
    names = subjects_of(measured)
    for name in names if len(names) > 2 else ():
        table = table_without(measured, name)
        tables = {other: table_without(measured, name, other) for other in names if other != name}
        for direction, ways in measured.items():
            found = ways.get(way, {})
            others = {other: errors for other, errors in found.items() if other != name}
            if name in found and len(others) > 1:
                held[direction, name] = _held(found[name], table, others, tables, level)
    return held


def _held(errors: Errors, table: Table, others: Found, tables: Mapping[str, Table], level: float) -> Held:
    expected, stretched = _expected(errors, table), stretches(others, tables)
    covered = {q: float(np.mean(errors.error <= np.quantile(stretched, q) * expected)) for q in LEVELS}
    flat = float(np.quantile(np.concatenate([other.error for other in others.values()]), level))
    width = float(np.quantile(stretched, level)) * float(expected.mean()) / flat
    return Held(covered, width, float(np.corrcoef(rankdata(errors.error), rankdata(expected))[0, 1]))


def stretches(found: Found, tables: Mapping[str, Table]) -> Floats:
    """True error over expected error of all voxels; tables: of each subject, learnt without it."""
    return np.concatenate([errors.error / _expected(errors, tables[name]) for name, errors in found.items()])


def table_without(measured: Measured, *names: str) -> Table:
    """Expected errors from all subjects but these, in all directions together: one alone tells too little."""
    kept = [
        errors for ways in measured.values() for name, errors in next(iter(ways.values())).items() if name not in names
    ]
    z, made, error = (np.concatenate([getattr(errors, part) for errors in kept]) for part in ("z", "made", "error"))
    return table_of(z, made, error)


def subjects_of(measured: Measured) -> tuple[str, ...]:
    """Everybody's name."""
    return tuple(sorted({name for ways in measured.values() for found in ways.values() for name in found}))


def _expected(errors: Errors, table: Table) -> Floats:
    return expected_error(table, errors.z, errors.made, errors.spread)
