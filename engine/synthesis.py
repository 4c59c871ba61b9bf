"""What is asked of the translator, and what it gives back. Plain values: nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from engine.modality import Modality
from engine.volume import Volume

FULL_SCALE = 1000.0
"""The synthetic unit where the model expects the 99.5 percentile of a real scan."""


class Mode(Enum):
    """How z_prior becomes the latent that is decoded (docs: sampling)."""

    PRIOR = "prior"
    SHORTCUT = "shortcut"
    FULL = "full"
    REFERENCE = "reference"


CAUTION = {
    Modality.T1CE: "Enhancement in a synthetic T1CE is a guess: no contrast agent was seen.",
}
"""What is said wherever a synthetic image of this contrast is offered, shown, reported or written."""


def cautions_of(target: Modality) -> tuple[str, ...]:
    """What must be said of every synthetic image of this contrast."""
    return (CAUTION[target],) if target in CAUTION else ()


def way_name(mode: Mode, samples: int) -> str:
    """What a mode and a number of samples are called in tables and manifests: "shortcut, mean of 4"."""
    return mode.value if samples == 1 else f"{mode.value}, mean of {samples}"


@dataclass(frozen=True)
class Request:
    """One click on "Synthesize": these targets from a scan of this modality.

    mode, steps: None = as the bundle recommends
    samples:     more than one: the result is their mean, with their standard deviation beside it
    preview:     world point (mm) whose axial slice is shown while the sampler runs; None: nothing is
    """

    source: Modality
    targets: tuple[Modality, ...]
    mode: Mode | None = None
    steps: int | None = None
    samples: int = 1
    seed: int = 0
    preview: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Synthesis:
    """One synthetic volume on the source's own grid.

    volume:      arbitrary units, background 0; 0 and 1000 stand where the model expects the
                 0.5 and 99.5 percentiles of a real scan of that modality inside the brain
    uncertainty: in the same units, half the width of the interval around each voxel where the bundle is
                 calibrated for this way to make it, else the standard deviation over samples; None for one sample.
                 record["uncertainty"] says which
    seconds:     by stage, and "total"
    record:      how it was made, for the sidecar (JSON values only)
    """

    source: Modality
    target: Modality
    volume: Volume
    uncertainty: Volume | None
    seconds: dict[str, float]
    record: dict[str, Any]
    warnings: tuple[str, ...] = field(default=())
