"""Keys that work on the view with the focus."""

from __future__ import annotations

from app.menus.action import Action, scroll

SLICES = (
    # Not everywhere: elsewhere Space presses the button that has the focus.
    Action("reset-here", "Reset zoom and position", "", ("Space",), lambda w: w.reset(), of_pane=True),
    Action("next", "Next slice", "", ("Up", "Right"), scroll(1), of_pane=True),
    Action("previous", "Previous slice", "", ("Down", "Left"), scroll(-1), of_pane=True),
    Action("five-on", "Five slices on", "", ("PgUp",), scroll(5), of_pane=True),
    Action("five-back", "Five slices back", "", ("PgDown",), scroll(-5), of_pane=True),
    Action("first", "First slice", "", ("Home",), scroll(-100_000), of_pane=True),
    Action("last", "Last slice", "", ("End",), scroll(100_000), of_pane=True),
)
