"""How a result was made, or what a scan is: rows that can be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from app.state.details import details
from app.state.study import Entry, badge


class DetailsDialog(QDialog):
    """One row a fact."""

    def __init__(self, entry: Entry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(entry.title)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(18, 14, 18, 12)
        heading = badge(entry.scan) or f"{entry.contrast} · real scan"
        column.addWidget(QLabel(heading, objectName="synthetic" if entry.scan.synthetic else "heading"))
        form = QFormLayout(horizontalSpacing=18, verticalSpacing=6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for name, value in details(entry):
            fact = QLabel(value, wordWrap=True, accessibleName=name)
            fact.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            form.addRow(QLabel(name, objectName="caption"), fact)
        column.addLayout(form)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column.addWidget(close)
        self.setMinimumWidth(460)
