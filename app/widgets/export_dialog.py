"""Before an export: into which folder, and by name what will lie there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.state.outgoing import Outgoing
from app.widgets.file_dialogs import ask_folder

_ROWS = 8
"""Names seen at once; the rest scrolls."""

_EDGE, _WIDEST = 8, 900
"""Pixels around the names; of names that may be seen whole."""

Look = Callable[[Path], Sequence[Outgoing]]
"""What would be written into a folder."""


class ExportDialog(QDialog):
    """Enter writes; what would be replaced says so, and so does the button."""

    def __init__(self, title: str, start: Path, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._look = look
        self.place = QLineEdit(readOnly=True, accessibleName="Folder", toolTip="Where the files go")
        self.choose = QPushButton("Choose…", autoDefault=False, toolTip="Another folder")
        self.files = QListWidget(objectName="models", accessibleName="What will be written")
        self.files.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.choose.clicked.connect(self._on_choose)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._put_together(title, buttons)
        self.take(start)
        self.go.setDefault(True)
        self.go.setFocus()

    def _put_together(self, title: str, buttons: QDialogButtonBox) -> None:
        row, column = QHBoxLayout(spacing=8), QVBoxLayout(self, spacing=8)
        row.addWidget(self.place, 1)
        row.addWidget(self.choose)
        column.setContentsMargins(18, 14, 18, 12)
        column.addWidget(QLabel(title, objectName="heading"))
        column.addLayout(row)
        column.addWidget(self.files)
        column.addWidget(buttons)
        self.setMinimumWidth(520)

    def take(self, folder: Path) -> None:
        """Into this folder; name what would lie there."""
        self.folder = folder
        outgoing = self._look(folder)
        self.place.setText(str(folder))
        self.files.clear()
        self.files.addItems([one.words for one in outgoing])
        self.files.setMinimumWidth(min(self.files.sizeHintForColumn(0) + 2 * _EDGE, _WIDEST))
        rows = min(len(outgoing), _ROWS)
        self.files.setFixedHeight(rows * self.files.sizeHintForRow(0) + _EDGE)
        self.go.setText("Replace" if any(one.replaces for one in outgoing) else "Export")

    def _on_choose(self) -> None:
        folder = ask_folder(self, self.folder)
        if folder is not None:
            self.take(folder)


def ask_export(parent: QWidget, title: str, start: Path, look: Look, agreed: Callable[[Path], None]) -> None:
    """Show the dialog; `agreed` is called with the folder, once the reader has seen what will be written there."""
    dialog = ExportDialog(title, start, look, parent)
    dialog.accepted.connect(lambda: agreed(dialog.folder))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
