"""Is one way better than another? Paired over subjects: mean difference, bootstrap interval, Wilcoxon's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import stats

_RESAMPLES = 9999


@dataclass(frozen=True)
class Difference:
    """mean of the paired differences with its 95 % interval; p: two-sided, signed-rank; None: too few subjects."""

    subjects: int
    mean: float
    interval: tuple[float, float] | None
    p: float | None


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """ours minus theirs, subject by subject in the same order."""
    differences = np.asarray(ours, float) - np.asarray(theirs, float)
    mean = float(differences.mean())
    if len(differences) < 2:
        return Difference(len(differences), mean, None, None)
    if not differences.any():
        return Difference(len(differences), 0.0, (0.0, 0.0), 1.0)
    p = float(cast(Any, stats.wilcoxon(differences, method="exact" if len(differences) <= 25 else "auto")).pvalue)
    return Difference(len(differences), mean, interval(differences), p)


def interval(values: Sequence[float] | Any) -> tuple[float, float]:
    """95 % percentile bootstrap of the mean, the same every time."""
    found: Any = stats.bootstrap(
        (np.asarray(values, float),), np.mean, n_resamples=_RESAMPLES, method="percentile", rng=0
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
