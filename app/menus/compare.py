"""Two scans at a time."""

from __future__ import annotations

from app.menus.action import Action
from app.state.viewer import Layout

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
)
