"""What is being made, as far as it can be seen: a few slices decoded while the work runs. Never saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.modality import Modality
from engine.volume import Floats, Volume

Image = npt.NDArray[np.float32]

_AROUND = 1
"""Latent slices decoded on either side of the one that is shown, for the decoder looks around."""
_SHARE = 0.08
"""Of the time, what previews may take."""
_SHORTEST = 1.0
"""Seconds between two previews: sooner the eye sees nothing new."""


@dataclass(frozen=True, eq=False)
class Preview:
    """An estimate on its way. volume: (x, y, few) a slab of axial slices in file units, lying where they will lie."""

    target: Modality
    volume: Volume


class Previews:
    """Which slab is decoded, and when: the first at once, the others seldom enough to cost next to nothing.

    at:     (3,) model index whose axial slice is shown; brought inside where it lies outside
    affine: (4, 4) model index -> world mm
    depth:  axial slices of the latent grid;  factor: of the image to one of the latent
    """

    def __init__(self, at: Floats, affine: Floats, depth: int, factor: int, oriented: bool) -> None:
        middle = int(np.clip(round(float(at[2])) // factor, 0, depth - 1))
        self.cut = slice(max(middle - _AROUND, 0), min(middle + _AROUND + 1, depth))
        self._shown = slice((middle - self.cut.start) * factor, (middle - self.cut.start + 1) * factor)
        self._affine = affine @ _moved(middle * factor)
        self._oriented = oriented
        self._spent, self._next = 0.0, 0.0

    @property
    def due(self) -> bool:
        """Whether the next one may be made."""
        return time.perf_counter() >= self._next

    def make(self, target: Modality, decode: Callable[[], Image]) -> Preview:
        """Keep the middle of the slab. decode: gives what `cut` cuts of the latent as (x, y, z) in file units."""
        began = time.perf_counter()
        image = decode()[:, :, self._shown]
        ended = time.perf_counter()
        self._next = ended + max(_SHORTEST, (ended - began) / _SHARE)
        return Preview(target, Volume(image, self._affine, self._oriented))


def _moved(slices: int) -> Floats:
    """(4, 4) index of a slab that begins so many slices up -> index of the whole grid."""
    affine = np.eye(4)
    affine[2, 3] = slices
    return affine
