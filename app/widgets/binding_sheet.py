"""The sheet behind "?": every key and gesture, read from the tables that make them work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

Row = tuple[str, str]
"""How, and what it does."""

_COLUMNS = 3
_LARGEST = (1240, 640)
"""Pixels: it fits a screen of 1280 x 720."""


class BindingSheet(QDialog):
    """Section by section, in columns; typing finds, Esc closes it."""

    def __init__(self, sections: Mapping[str, Sequence[Row]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and gestures")
        self.setObjectName("sheet")
        self._rows: list[tuple[Row, QLabel, QLabel]] = []
        self.search = QLineEdit(placeholderText="Find a key or a word", clearButtonEnabled=True)
        self.search.setAccessibleName("Find a key or a gesture")
        self.search.setToolTip("Shows only the lines with this word")
        self.search.textChanged.connect(self._find)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(22, 18, 12, 16)
        column.addWidget(self.search)
        area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
        table = self._columns(sections)
        area.setWidget(table)
        column.addWidget(area)
        wanted = table.sizeHint()
        self.resize(min(wanted.width() + 60, _LARGEST[0]), min(wanted.height() + 90, _LARGEST[1]))
        self.search.setFocus()

    def words(self) -> list[Row]:
        """The lines that are shown now."""
        return [row for row, how, _ in self._rows if not how.isHidden()]

    def _columns(self, sections: Mapping[str, Sequence[Row]]) -> QWidget:
        lines = [line for name, rows in sections.items() for line in ((name, ""), *rows)]
        tall = -(-len(lines) // _COLUMNS)
        inside = QWidget()
        across = QHBoxLayout(inside, spacing=30)
        across.setContentsMargins(0, 0, 10, 0)
        for start in range(0, len(lines), tall):
            across.addLayout(self._table(lines[start : start + tall]), 1)
        return inside

    def _table(self, lines: Sequence[Row]) -> QGridLayout:
        grid = QGridLayout(horizontalSpacing=14, verticalSpacing=5)
        for at, (how, what) in enumerate(lines):
            if not what:
                grid.addWidget(QLabel(how, objectName="heading"), at, 0, 1, 2)
                continue
            labels = QLabel(how, objectName="key"), QLabel(what, wordWrap=False)
            for place, label in enumerate(labels):
                grid.addWidget(label, at, place)
            self._rows.append(((how, what), *labels))
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(len(lines), 1)
        return grid

    def _find(self, text: str) -> None:
        for (how, what), *labels in self._rows:
            found = text.casefold() in f"{how} {what}".casefold()
            for label in labels:
                label.setVisible(found)
