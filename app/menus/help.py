"""How the program is used."""

from __future__ import annotations

from app.menus.action import Action

HELP = (
    Action("tour", "A short tour", "Help", (), lambda w: w.take_tour(), "tour"),
    Action("keys", "Keys and gestures", "Help", ("?",), lambda w: w.show_keys()),
)
