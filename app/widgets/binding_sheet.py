"""The sheet behind "?": every key and gesture, read from the tables that make them work."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QWidget


class BindingSheet(QDialog):
    """Hands beside keys; Esc closes it."""

    def __init__(self, hands: Sequence[tuple[str, str]], keys: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and gestures")
        self.setObjectName("sheet")
        half = -(-len(keys) // 2)
        columns = QHBoxLayout(self, spacing=36)
        columns.setContentsMargins(26, 20, 26, 22)
        for title, rows in (("Hands", hands), ("Keys", keys[:half]), ("\u00a0", keys[half:])):
            columns.addLayout(_table(title, rows))


def _table(title: str, rows: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout(horizontalSpacing=16, verticalSpacing=7)
    grid.addWidget(QLabel(title, objectName="heading"), 0, 0, 1, 2)
    for row, (how, what) in enumerate(rows, start=1):
        grid.addWidget(QLabel(how, objectName="key"), row, 0)
        grid.addWidget(QLabel(what), row, 1)
    grid.setRowStretch(len(rows) + 1, 1)
    return grid
