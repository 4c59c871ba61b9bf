"""Undo, and what changes the list."""

from __future__ import annotations

from app.menus.action import Action, anything_open

EDIT = (
    Action("undo", "Undo", "Edit", ("Ctrl+Z",), lambda w: w.study.history.undo()),
    Action("redo", "Redo", "Edit", ("Ctrl+Shift+Z",), lambda w: w.study.history.redo()),
    Action(
        "copy-picture",
        "Copy picture",
        "Edit",
        ("Ctrl+C",),
        lambda w: w.pictures.copy(),
        ruled=True,
        ready=anything_open,
    ),
    Action("remove", "Remove measure or scan", "Edit", ("Delete",), lambda w: w.remove(), ready=anything_open),
)
