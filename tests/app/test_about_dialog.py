"""Help > About: version, terms, and what the program is not for."""

from __future__ import annotations

from app.widgets.about_dialog import AboutDialog
from engine import __version__


def test_it_names_version_terms_and_use(qtbot, window):
    window.acts["about"].trigger()
    dialog = window.findChild(AboutDialog)
    assert dialog is not None and dialog.isVisible()
    said = "\n".join(line.text() for line in dialog.lines)
    for part in (f"Respin {__version__}", "Research use only, never for diagnosis", "Apache License 2.0", "PySide6 6"):
        assert part in said
    dialog.reject()
