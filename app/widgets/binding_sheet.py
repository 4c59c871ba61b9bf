"""The sheet behind "?": every key and gesture, read from the tables that make them work."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from app.widgets.hands import BINDINGS


class BindingSheet(QDialog):
    """Two columns: hands and keys. Any key or click outside closes it."""

    def __init__(self, keys: Iterable[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and gestures")
        self.setObjectName("sheet")
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 20, 24, 20)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(2, 24)
        for column, (title, rows) in enumerate((("Hands", BINDINGS), ("Keys", tuple(keys)))):
            grid.addWidget(QLabel(title, objectName="heading"), 0, 3 * column, 1, 2)
            for row, (how, what) in enumerate(rows, start=1):
                grid.addWidget(QLabel(how, objectName="key"), row, 3 * column, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(QLabel(what, wordWrap=True), row, 3 * column + 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(4, 1)
        self.setMinimumWidth(860)
