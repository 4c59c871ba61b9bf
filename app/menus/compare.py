"""Two scans at a time."""

from __future__ import annotations

from app.menus.action import Action
from app.state.mixed import Blend
from app.state.viewer import Layout


def _blend(name: str, blend: Blend, key: str, ruled: bool = False) -> Action:
    return Action(
        name,
        blend.value,
        "Compare",
        (key,),
        lambda w: w.comparisons.toggle(blend),
        checked=("comparing.blend", blend),
        ruled=ruled,
    )


WAYS = ("curtain", "checkerboard", "overlay", "difference", "flicker", "uncertainty")
"""Names of the actions that have a button above the views."""

COMPARE = (
    Action(
        "compare",
        "Source beside result",
        "Compare",
        ("5",),
        lambda w: w.viewing.compare(),
        "compare",
        checked=("layout", Layout.COMPARE),
    ),
    _blend("curtain", Blend.CURTAIN, "B", ruled=True),
    _blend("checkerboard", Blend.CHECKERBOARD, "K"),
    _blend("overlay", Blend.OVERLAY, "V"),
    _blend("difference", Blend.DIFFERENCE, "D"),
    Action(
        "flicker",
        "Flicker",
        "Compare",
        ("F",),
        lambda w: w.comparisons.flicker(not w.comparing.flicker),
        checked=("comparing.flicker", True),
        up=lambda w: w.comparisons.flicker(False),
    ),
    _blend("uncertainty", Blend.UNCERTAINTY, "U"),
    Action(
        "link",
        "Link both sides",
        "Compare",
        ("Y",),
        lambda w: w.comparisons.link(not w.comparing.linked),
        checked=("comparing.linked", True),
        ruled=True,
    ),
    Action("less", "Less opacity, narrower range", "Compare", ("Q",), lambda w: w.comparisons.nudge(-1), ruled=True),
    Action("more", "More opacity, wider range", "Compare", ("E",), lambda w: w.comparisons.nudge(1)),
    Action("divider-left", "Curtain to the left", "Compare", ("[", "Alt+Left"), lambda w: w.comparing.slide(-1)),
    Action("divider-right", "Curtain to the right", "Compare", ("]", "Alt+Right"), lambda w: w.comparing.slide(1)),
)
