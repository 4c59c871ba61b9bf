"""How the 3-D view is drawn; its own menu is made of the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.menus.action import Action, Run, choose, toggle
from app.state.depth import Cut, Look

if TYPE_CHECKING:
    from app.main_window import MainWindow

_MENU = "View/3-D"
_LOOKS = {
    Look.SURFACE: ("depth-surface", "Ctrl+1"),
    Look.TRANSLUCENT: ("depth-translucent", "Ctrl+2"),
    Look.MIP: ("depth-mip", "Ctrl+3"),
    Look.NOTHING: ("depth-nothing", "Ctrl+4"),
}
_CUTS = {
    None: ("depth-whole", "Not cut"),
    Cut.AXIAL: ("depth-cut-axial", "Cut along axial"),
    Cut.CORONAL: ("depth-cut-coronal", "Cut along coronal"),
    Cut.SAGITTAL: ("depth-cut-sagittal", "Cut along sagittal"),
    Cut.VIEWER: ("depth-cut-viewer", "Cut towards the viewer"),
}


def _next_cut(window: MainWindow) -> None:
    """Axial, coronal, sagittal, towards the viewer, not cut."""
    cuts = [*list(_CUTS)[1:], None]
    at = cuts.index(window.viewer.cut)
    window.viewer.cut = cuts[(at + 1) % len(cuts)]


def _look(look: Look) -> Run:
    return choose("look", look)


DEPTH = (
    Action("depth-only", "3-D alone", _MENU, ("3",), lambda w: w.viewing.show_only("volume")),
    Action("depth-front", "From the front", _MENU, (), lambda w: w.grid.volume.front()),
    *(
        Action(name, look.value, _MENU, (key,), _look(look), checked=("look", look), ruled=look is Look.SURFACE)
        for look, (name, key) in _LOOKS.items()
    ),
    Action(
        "depth-planes",
        "Show the three planes",
        _MENU,
        ("Ctrl+0",),
        toggle("planes_in_depth"),
        checked=("planes_in_depth", True),
        ruled=True,
    ),
    *(
        Action(name, text, _MENU, (), choose("cut", cut), checked=("cut", cut), ruled=cut is None)
        for cut, (name, text) in _CUTS.items()
    ),
    Action("depth-next-cut", "Next cut", _MENU, ("P",), _next_cut, ruled=True),
    Action(
        "depth-flip", "Other side of the cut", _MENU, ("Shift+P",), toggle("cut_flipped"), checked=("cut_flipped", True)
    ),
)
