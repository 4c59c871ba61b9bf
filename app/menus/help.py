"""How the program is used."""

from __future__ import annotations

from app.diagnosing import diagnose
from app.menus.action import Action
from app.widgets.about_dialog import AboutDialog

HELP = (
    Action("tour", "A short tour", "Help", (), lambda w: w.take_tour(), "tour"),
    Action("keys", "Keys and gestures", "Help", ("?",), lambda w: w.show_keys()),
    Action("diagnostics", "Diagnostics", "Help", (), diagnose, ruled=True),
    Action("about", "About Respin", "Help", (), lambda w: AboutDialog(w).open()),
)
