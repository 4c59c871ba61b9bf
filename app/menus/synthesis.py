"""Orders to the translator."""

from __future__ import annotations

from app.menus.action import Action

SYNTHESIS = (
    Action("synthesize-all", "All contrasts", "Synthesis", ("Ctrl+T",), lambda w: w.synthesize_all()),
    Action("cancel", "Cancel", "Synthesis", ("Ctrl+.",), lambda w: w.cancel()),
    Action(
        "details",
        "Details…",
        "Synthesis",
        ("Ctrl+D",),
        lambda w: w.study_menu.show_details(w.study.selected),
        ruled=True,
    ),
    Action("models", "Models…", "Synthesis", (), lambda w: w.show_models()),
    Action("about-model", "What the model can do…", "Synthesis", (), lambda w: w.show_card()),
)
