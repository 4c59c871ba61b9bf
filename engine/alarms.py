"""Does the model understand a source? Two ways back to it, on a few slices: alarms, no measures of quality.

Round trip: the source through encoder and decoder, by the latent alone. Way back: the result translated back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.stages import Floats, Passed, Stages
from engine.volume import Array

_DEPTH = 8
"""Axial slices of the model grid that are looked at: of 16, 12 and 8 none told another story."""


def middle(depth: int, wanted: int = _DEPTH) -> slice:
    """So many slices in the middle of `depth`, or all of them; from a multiple of 4 on."""
    low = max((depth - wanted) // 2, 0) // 4 * 4
    return slice(low, min(low + wanted, depth))


def round_trip(stages: Stages, image: Floats, encoded: tuple[Floats, Passed], inside: Array, source: int) -> float:
    """Share of the source's structure that encoder and decoder lose, 0 to 1.

    image: (x, y, z) in model units, encoded: what `Stages.encode` made of it; inside: where the brain is
    source: index of its contrast
    """
    (z, passed), cut = encoded, middle(image.shape[2])
    factor = image.shape[2] // z.shape[3]
    latents = slice(cut.start // factor, cut.stop // factor)
    skip, drafts = passed.slab(latents, z.shape[3])
    nothing = Passed(np.zeros_like(skip), np.ones_like(drafts))
    return lost(image[..., cut], stages.decode(z[..., latents], nothing, source), inside[..., cut])


def way_back(
    stages: Stages,
    quantize: Callable[[Floats], Floats] | None,
    image: Floats,
    made: Floats,
    inside: Array,
    pair: tuple[int, int],
) -> float:
    """Share of the source's structure that is lost on the way to the target and back, 0 to 1.

    made: (x, y, z) the result in model units; pair: indices of source and target
    quantize: what is done to a latent before MS-SPADE, if anything
    """
    cut = middle(image.shape[2])
    slab, brain = image[..., cut], inside[..., cut]
    z, passed = stages.encode(np.where(brain, made[..., cut], slab).astype(np.float32), pair[1])
    z = quantize(z) if quantize else z
    return lost(slab, stages.decode(stages.transform(z, pair[0]), passed, pair[0]), brain)


def lost(image: Floats, again: Floats, inside: Array) -> float:
    """Share of the variance inside the brain that a copy does not explain, whatever its level; 1 where it is flat."""
    first, second = image[inside].astype(np.float64), again[inside].astype(np.float64)
    if not inside.any() or first.std() == 0 or second.std() == 0:
        return 1.0
    pair: Array = np.corrcoef(first, second)
    return float(1 - pair[0, 1] ** 2)
