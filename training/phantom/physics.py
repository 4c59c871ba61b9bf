"""Signal equations of the five contrasts, and the protocols that scanners play them with.

`E(a, b) = exp(-a/b)`. Times in ms. Signals have no unit; only their ratios are ever used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.modality import Modality
from engine.volume import Floats
from training.phantom.tissues import Tissue

_INVERSION = 0.96
"""Efficiency of an inversion pulse."""


@dataclass(frozen=True)
class Protocol:
    """Echo, repetition and inversion time of one contrast, in ms; `inversion` 0: none is played."""

    tr: float
    te: float
    inversion: float = 0.0

    def varied(self, rng: np.random.Generator, sd: float) -> Protocol:
        """Another scanner's. The inversion time of FLAIR is tuned to CSF everywhere, so it hardly varies."""
        tr, te, inversion = np.exp(rng.normal(0, sd, 3) * (0.5, 1, 0.15))
        return Protocol(self.tr * tr, self.te * te, self.inversion * inversion)


PROTOCOLS = {
    Modality.T1: Protocol(600, 12),
    Modality.T1CE: Protocol(600, 12),
    Modality.T2: Protocol(5000, 95),
    Modality.FLAIR: Protocol(9000, 95, 2500),
    Modality.PD: Protocol(5000, 15),
}
PREPARED_T1 = Protocol(2300, 4, 1100)
"""T1 by an inversion pulse, as 3-D sequences do it: stronger contrast than the spin echo's."""


def signal(tissue: Tissue, protocol: Protocol) -> float:
    """What a voxel full of `tissue` gives: spin echo, or inversion recovery where the protocol inverts."""
    recovered = _inverted(tissue, protocol) if protocol.inversion else _spin_echo(tissue, protocol)
    return tissue.pd * recovered * _e(protocol.te, tissue.t2)


def response(tissue: Tissue, protocol: Protocol) -> Floats:
    """(4,) the signal, and its change for a relative change of 1 of T1, T2 and PD (first order)."""
    small = 1e-3
    level = signal(tissue, protocol)
    nearby = (
        replace(tissue, t1=tissue.t1 * (1 + small)),
        replace(tissue, t2=tissue.t2 * (1 + small)),
        replace(tissue, pd=tissue.pd * (1 + small)),
    )
    return np.array([level, *((signal(other, protocol) - level) / small for other in nearby)], np.float32)


def as_seen(tissue: Tissue, modality: Modality) -> Tissue:
    """The tissue when this contrast is acquired: T1CE comes after the agent."""
    return tissue.after_contrast() if modality is Modality.T1CE else tissue


def _spin_echo(tissue: Tissue, protocol: Protocol) -> float:
    return 1 - 2 * _e(protocol.tr - protocol.te / 2, tissue.t1) + _e(protocol.tr, tissue.t1)


def _inverted(tissue: Tissue, protocol: Protocol) -> float:
    last = 2 * protocol.te  # the train's last echo, when recovery begins anew
    recovered = 1 - (1 + _INVERSION) * _e(protocol.inversion, tissue.t1)
    return abs(recovered + _INVERSION * _e(protocol.tr - last, tissue.t1))


def _e(time: float, constant: float) -> float:
    return float(np.exp(-time / constant))
