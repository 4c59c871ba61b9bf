"""Keys that work on the view with the focus."""

from __future__ import annotations

from app.menus.action import Action, scroll

SLICES = (
    # Not everywhere: elsewhere Space presses the button that has the focus.
    Action("reset-here", "Reset zoom and position", "", ("Space",), lambda w: w.viewing.reset(), of_pane=True),
    Action("next", "Next slice", "", ("Up", "Right"), scroll(1), of_pane=True),
    Action("previous", "Previous slice", "", ("Down", "Left"), scroll(-1), of_pane=True),
    Action("five-on", "Five slices on", "", ("PgUp",), scroll(5), of_pane=True),
    Action("five-back", "Five slices back", "", ("PgDown",), scroll(-5), of_pane=True),
    Action("first", "First slice", "", ("Home",), scroll(-100_000), of_pane=True),
    Action("last", "Last slice", "", ("End",), scroll(100_000), of_pane=True),
    Action("next-frame", "Next frame", "", (".",), lambda w: w.frames.step(w.study.selected, 1), of_pane=True),
    Action("previous-frame", "Frame before", "", (",",), lambda w: w.frames.step(w.study.selected, -1), of_pane=True),
    Action("closer", "Zoom in", "", ("+", "="), lambda w: w.viewing.zoom(1.2), of_pane=True),
    Action("farther", "Zoom out", "", ("-",), lambda w: w.viewing.zoom(1 / 1.2), of_pane=True),
    Action("brighter", "Brighter", "", ("Shift+Up",), lambda w: w.viewing.shade(0, 1), of_pane=True),
    Action("darker", "Darker", "", ("Shift+Down",), lambda w: w.viewing.shade(0, -1), of_pane=True),
    Action("wider", "Wider window", "", ("Shift+Right",), lambda w: w.viewing.shade(1, 0), of_pane=True),
    Action("narrower", "Narrower window", "", ("Shift+Left",), lambda w: w.viewing.shade(-1, 0), of_pane=True),
)
