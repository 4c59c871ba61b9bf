"""The colours of the scan in the view that has the keys."""

from __future__ import annotations

from app.menus.action import Action
from app.state.colormap import Colormap


def _colour(colormap: Colormap) -> Action:
    return Action(
        f"colour-{colormap.name.lower()}",
        colormap.value,
        "View/Colours",
        (),
        lambda w: w.viewing.colour(colormap),
    )


COLOURS = tuple(_colour(colormap) for colormap in Colormap)
