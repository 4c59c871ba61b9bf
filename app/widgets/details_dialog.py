"""How a result was made, or what a scan is: rows that can be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget

from app.state.details import details
from app.state.study import Entry, badge

_WIDE = 330
"""Pixels of a value. Qt would count its lines at another width than the one that it gives, and cut the last."""


class DetailsDialog(QDialog):
    """One row a fact."""

    def __init__(self, entry: Entry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(entry.title)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(18, 14, 18, 12)
        heading = badge(entry.scan) or f"{entry.contrast} · real scan"
        column.addWidget(QLabel(heading, objectName="synthetic" if entry.scan.synthetic else "heading"))
        grid = QGridLayout(horizontalSpacing=18, verticalSpacing=6)
        for row, (name, value) in enumerate(details(entry)):
            fact = QLabel(value, wordWrap=True, accessibleName=name)
            fact.setFixedWidth(_WIDE)
            fact.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            grid.addWidget(QLabel(name, objectName="caption"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(fact, row, 1)
        column.addLayout(grid)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column.addWidget(close)
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # Qt begins with two thirds of the screen at most
