"""Colour maps as tables. Each can be told apart by eyes that confuse red and green: by lightness, or blue from red."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from app.state.colormap import Colormap

Table = npt.NDArray[np.uint8]
"""(256, 3) red, green, blue from the lowest to the highest intensity."""

_ANCHORS = {
    Colormap.GREY: ("#000000", "#ffffff"),
    Colormap.INVERSE: ("#ffffff", "#000000"),
    # Black body: red, then green, then blue come up one after the other.
    Colormap.HOT: ("#000000", "#550000", "#aa0000", "#ff0000", "#ff5500", "#ffaa00", "#ffff00", "#ffff80", "#ffffff"),
    # Eleven points of the map by van der Walt and Smith, which is in the public domain (CC0).
    Colormap.VIRIDIS: (
        "#440154",
        "#482475",
        "#414487",
        "#355f8d",
        "#2a788e",
        "#21918c",
        "#22a884",
        "#44bf70",
        "#7ad151",
        "#bddf26",
        "#fde725",
    ),
    # Dark in the middle, as light at either end: what differs shines out of what does not.
    Colormap.DIVERGING: ("#9cc6ff", "#2f7bd0", "#000000", "#c0403c", "#ffb3a8"),
}


@cache
def table(colormap: Colormap) -> Table:
    """The colours of a map, straight lines between its anchors."""
    anchors = np.array([[int(text[at : at + 2], 16) for at in (1, 3, 5)] for text in _ANCHORS[colormap]])
    places = np.linspace(0, 255, len(anchors))
    channels = [np.interp(np.arange(256), places, channel) for channel in anchors.T]
    return np.rint(np.column_stack(channels)).astype(np.uint8)


@cache
def words(colormap: Colormap) -> npt.NDArray[np.uint32]:
    """(256,) the same colours, opaque, as Qt's 32-bit pixels."""
    red, green, blue = table(colormap).astype(np.uint32).T
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue
