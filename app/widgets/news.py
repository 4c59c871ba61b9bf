"""Good news in the panel: what was written, and a way to where it lies."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

_NARROWEST = 200
"""Pixels. Qt keeps room for as many lines as the narrowest label would have."""


class News(QWidget):
    """A sentence and, where something was written, "Show in folder"."""

    def __init__(self) -> None:
        super().__init__()
        self.label = QLabel(wordWrap=True, objectName="quiet")
        self.label.setMinimumWidth(_NARROWEST)
        self.show_folder = QToolButton(text="Show in folder", objectName="link", autoRaise=True)
        self.show_folder.setToolTip("The folder of the last export")
        self._folder: Path | None = None
        column = QVBoxLayout(self, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addWidget(self.show_folder)
        self.show_folder.clicked.connect(self._open)
        self.hide()

    def text(self) -> str:
        """The sentence as it stands."""
        return self.label.text()

    def tell(self, sentence: str, folder: Path | None = None) -> None:
        """Show this sentence in the place of the last one."""
        self._folder = folder
        self.label.setText(sentence)
        self.show_folder.setVisible(folder is not None)
        self.show_folder.setToolTip(str(folder) if folder else "")
        self.show()

    def _open(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
