"""The colour maps that a scan can be shown in."""

from __future__ import annotations

from enum import Enum


class Colormap(Enum):
    """A way from dark to bright; the value is its name in menus."""

    GREY = "Grey"
    INVERSE = "Inverse"
    HOT = "Hot"
    VIRIDIS = "Viridis"
    DIVERGING = "Diverging"
