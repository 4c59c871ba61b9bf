"""The second scan of a picture: how it comes in, and what it is called. Frozen, as the picture is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from app.state.colormap import Colormap
from app.state.doubt import Doubt
from app.state.window_level import WindowLevel
from engine.files import Scan
from engine.volume import Array

TILE = 20.0
"""Millimetres along a side of the checkerboard's tiles: a few across a ventricle, a dozen across a head."""

_NOTHING = WindowLevel(1.0, 0.5)


class Blend(Enum):
    """A way to bring two scans into one picture; the value is its name on screen."""

    SIDE = "Side by side"
    CURTAIN = "Curtain"
    CHECKERBOARD = "Checkerboard"
    OVERLAY = "Overlay"
    DIFFERENCE = "Difference"
    UNCERTAINTY = "Uncertainty"
    FLICKER = "Flicker"


@dataclass(frozen=True)
class Mixed:
    """What a picture needs to know of the second scan in it.

    scan:    the second; names: what the first and the second are called
    scales:  what becomes 0 and 1 in the first and in the second, for the difference
    caution: a sentence that belongs into the picture; "" where there is none
    doubt:   what the numbers of a map of uncertainty mean
    pixels:  (rows, columns) where the picture's own lie; NaN outside the second scan
    """

    blend: Blend
    scan: Scan
    names: tuple[str, str]
    window_level: WindowLevel = _NOTHING
    colormap: Colormap = Colormap.GREY
    divider: float = 0.5
    opacity: float = 0.5
    span: float = 0.5
    scales: tuple[WindowLevel, WindowLevel] = (_NOTHING, _NOTHING)
    caution: str = ""
    doubt: Doubt = field(default_factory=Doubt)
    pixels: Array = field(default_factory=lambda: np.zeros((0, 0)), compare=False, repr=False)


def difference(first: Array, mixed: Mixed) -> Array:
    """(rows, columns) float32, second minus first, each between 0 and 1 by its own scale; NaN where either is."""
    one, other = (_to_unit(p, s) for p, s in zip((first, mixed.pixels), mixed.scales, strict=True))
    return other - one


def _to_unit(pixels: Array, scale: WindowLevel) -> Array:
    return np.clip((pixels.astype(np.float32) - np.float32(scale.low)) / np.float32(scale.window), 0, 1)
