"""The words of undo and redo in the Edit menu."""

from __future__ import annotations

from PySide6.QtGui import QAction

from app.state.study import Study


def name_steps(undo: QAction, redo: QAction, study: Study) -> None:
    """Say what each would do, and offer nothing where there is nothing to do."""
    history = study.history

    def show(*_: object) -> None:
        for act, name, words in ((undo, "Undo", history.undo_words), (redo, "Redo", history.redo_words)):
            act.setText(f"{name} {words}".rstrip())
            act.setEnabled(bool(words))

    history.events.connect(show)
    study.events.entries.connect(show)
    show()
