"""Closing the window: results that lie nowhere but in memory are asked about, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Leaving:
    """Holds the window open at the first try to close it, where something would be lost."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._asked = False

    def may_go(self) -> bool:
        """Whether the window may close now; else the question is on screen, and the next try goes through."""
        unsaved = [entry for entry in self._window.study.entries if entry.unsaved]
        if self._asked or not unsaved or not self._window.isVisible():
            return True
        self._asked = True
        self._ask(len(unsaved))
        return False

    def _ask(self, count: int) -> None:
        what = "One result is" if count == 1 else f"{count} results are"
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Respin", f"{what} not exported.", parent=self._window)
        box.setInformativeText("Closing Respin loses what is not exported.")
        export = box.addButton("Export…", QMessageBox.ButtonRole.ActionRole)
        close = box.addButton("Close without exporting", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(export)
        box.finished.connect(lambda *_: self._answer(box.clickedButton() is export, box.clickedButton() is close))
        box.open()

    def _answer(self, export: bool, close: bool) -> None:
        if close:
            self._window.close()
            return
        self._asked = False
        if export:
            self._window.exporting.export_all([e for e in self._window.study.entries if e.unsaved])
