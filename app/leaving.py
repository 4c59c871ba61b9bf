"""Closing the window: what would be lost, results in memory and work that is not finished, is asked about once."""

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
        unsaved = sum(entry.unsaved for entry in self._window.study.entries)
        lost = told(unsaved, len(self._window.orders.waiting), self._window.files.writing)
        if self._asked or not lost or not self._window.isVisible():
            return True
        self._asked = True
        self._ask(lost, unsaved > 0)
        return False

    def _ask(self, lost: str, unsaved: bool) -> None:
        """The way out by Enter is the one that keeps most."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Respin", lost, parent=self._window)
        box.setInformativeText("Closing Respin loses what is not exported and drops what is not finished.")
        export = box.addButton("Export…", QMessageBox.ButtonRole.ActionRole) if unsaved else None
        words = "Close without exporting" if unsaved else "Close anyway"
        close = box.addButton(words, QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(export or cancel)
        box.finished.connect(
            lambda *_: self._answer(unsaved and box.clickedButton() is export, box.clickedButton() is close)
        )
        box.open()

    def _answer(self, export: bool, close: bool) -> None:
        if close:
            self._window.close()
            return
        self._asked = False
        if export:
            self._window.exporting.export_all([e for e in self._window.study.entries if e.unsaved])


def told(unsaved: int, orders: int, writing: bool) -> str:
    """What would be lost, in sentences; "" where nothing would. writing: a file is not there yet."""
    sentences: list[str] = []
    if unsaved:
        sentences.append(f"{'One result is' if unsaved == 1 else f'{unsaved} results are'} not exported.")
    if orders:
        sentences.append(f"{'One synthesis is' if orders == 1 else f'{orders} syntheses are'} not finished.")
    if writing:
        sentences.append("An export or a report is still being written.")
    return " ".join(sentences)
