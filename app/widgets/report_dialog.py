"""Before a report is written: PDF or HTML, and whether it may name the files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.state.reporting import Wish
from app.widgets.file_dialogs import ask_target

_KINDS = {".pdf": "PDF, one page", ".html": "HTML, one file with its pictures inside"}

_APART = 8
"""Pixels between one choice and the other."""


class ReportDialog(QDialog):
    """Two choices; where the file goes is asked afterwards."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save report")
        self.kinds = {ending: QRadioButton(words) for ending, words in _KINDS.items()}
        self.kinds[".pdf"].setChecked(True)
        self.named = QCheckBox("Name the files")
        said = "File names often tell who the patient is. Without them the report holds a hash of the source."
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(18, 14, 18, 12)
        column.addWidget(QLabel("Source and result on one page", objectName="heading"))
        for kind in self.kinds.values():
            column.addWidget(kind)
        column.addSpacing(_APART)
        for below in (self.named, QLabel(said, wordWrap=True, objectName="quiet"), buttons):
            column.addWidget(below)
        self.setMinimumWidth(360)

    @property
    def ending(self) -> str:
        """Of the file that is wanted."""
        return next(ending for ending, button in self.kinds.items() if button.isChecked())


def ask_report(parent: QWidget, start: Path) -> Wish | None:
    """Where the report goes and what it may say; None where the reader thinks better of it."""
    dialog = ReportDialog(parent)
    if not dialog.exec():
        return None
    ending = dialog.ending
    parent.activateWindow()
    kind = f"{_KINDS[ending]} (*{ending})"
    chosen = ask_target(parent, "Save report", start / f"respin-report{ending}", {kind: ending})
    return Wish(chosen[0], dialog.named.isChecked()) if chosen is not None else None
