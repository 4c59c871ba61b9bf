"""What a structure is made of: relaxation times and proton density at 3 T, and how they vary from brain to brain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Tissue:
    """T1 and T2 in ms, proton density relative to water.

    t1_enhanced: T1 in ms after contrast agent; 0 where none arrives
    """

    t1: float
    t2: float
    pd: float
    t1_enhanced: float = 0.0

    def after_contrast(self) -> Tissue:
        """The same tissue once the agent has arrived."""
        return replace(self, t1=self.t1_enhanced) if self.t1_enhanced else self

    def varied(self, rng: np.random.Generator, sd: float) -> Tissue:
        """Another person's: every value times about 1 +- `sd`."""
        t1, t2, pd = np.exp(rng.normal(0, sd, 3) * (1, 1, 0.4))
        agent = float(np.exp(rng.normal(0, 2 * sd)))
        return Tissue(self.t1 * t1, self.t2 * t2, min(self.pd * pd, 1.05), self.t1_enhanced * t1 * agent)


TISSUES = {
    "csf": Tissue(4163, 1500, 1.00),
    "cortex": Tissue(1450, 100, 0.82),
    "white": Tissue(900, 72, 0.70),
    "deep grey": Tissue(1200, 85, 0.80),
    "striatum": Tissue(1330, 88, 0.82),
    "pallidum": Tissue(1050, 66, 0.77),
    "hippocampus": Tissue(1430, 106, 0.83),
    "cerebellar cortex": Tissue(1400, 98, 0.82),
    "cerebellar white": Tissue(950, 75, 0.72),
    "brain stem": Tissue(1020, 78, 0.73),
    "choroid plexus": Tissue(1600, 115, 0.82, 750),
    "vessel": Tissue(1900, 45, 0.60, 520),
    "white matter lesion": Tissue(1200, 108, 0.79),
    "oedema": Tissue(1500, 150, 0.88),
    "necrosis": Tissue(2200, 250, 0.95),
    "enhancing": Tissue(1600, 120, 0.86, 760),
    "infiltration": Tissue(1650, 145, 0.88),
    "plaque": Tissue(1400, 140, 0.86),
    "active plaque": Tissue(1450, 145, 0.87, 800),
    "black hole": Tissue(2400, 230, 0.93),
    "fat": Tissue(380, 68, 0.95),
    "muscle": Tissue(1412, 50, 0.80),
    "scalp": Tissue(750, 56, 0.85),
    "skin": Tissue(900, 45, 0.75),
    "mucosa": Tissue(1500, 75, 0.85, 800),
    "bone": Tissue(1000, 2, 0.10),
    "marrow": Tissue(500, 60, 0.55),
    "vitreous": Tissue(3900, 1300, 1.00),
}
"""CSF, cortex, deep and white matter, fat, muscle, oedema, necrosis and enhancing tumour as published for 3 T; the
others are set between them, by what such structures look like."""
