"""Where 0 and 1000 stand in a result: the percentiles that a real scan would have, as far as the source tells.

How the source's own intensities are spread tells something of the scanner and the patient, and so of the target's
0.5 and 99.5 percentiles: a line through what the training subjects show (ridge regression, `training.calibrate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import BadBundle
from engine.volume import Array

QUANTILES = (0.5, 2, 5, 10, 25, 50, 75, 90, 95, 98, 99.5)

Profile = npt.NDArray[np.float64]


def profile(image: npt.NDArray[np.float32], inside: Array) -> Profile:
    """How the intensities of a source (x, y, z) are spread inside the brain: its `QUANTILES`, in model units."""
    return np.asarray(np.percentile(image[inside], QUANTILES), np.float64)


@dataclass(frozen=True)
class Lean:
    """How the percentiles of a target follow the profile of its source.

    mean, least, most: (quantiles,) of the training subjects' profiles; nothing is told beyond what they showed
    low, high:         (quantiles,) change of each percentile with each number of the profile
    """

    mean: tuple[float, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Levels:
    """Where 0 and 1000 stand in one direction, in model units: the expected 0.5 and 99.5 percentiles of a real scan.

    lean: how they follow the source; None: they are the same for every source
    """

    low: float
    high: float
    lean: Lean | None = None

    def of(self, seen: Profile) -> Levels:
        """These levels for a source of this profile."""
        if self.lean is None:
            return self
        off = np.clip(seen, self.lean.least, self.lean.most) - self.lean.mean
        return Levels(self.low + float(off @ self.lean.low), self.high + float(off @ self.lean.high))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Levels:
        """What a manifest tells of a direction."""
        told = values.get("lean")
        lean = Lean(**{name: tuple(map(float, numbers)) for name, numbers in told.items()}) if told else None
        if lean is not None and any(len(numbers) != len(QUANTILES) for numbers in vars(lean).values()):
            raise BadBundle("The manifest's levels do not fit this version of Respin; install the model anew.")
        return cls(float(values["low"]), float(values["high"]), lean)
