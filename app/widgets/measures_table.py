"""All measures in numbers, scan by scan."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QBrush, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.render.palette import SYNTHETIC
from app.state.measured import HEADINGS, Row, as_text, rows
from app.state.study import Study
from app.state.viewer import Viewer

_EMPTY = "Nothing is measured yet: M draws a distance, O an ellipse."


class MeasuresTable(QDialog):
    """Choosing a row chooses its measure; open beside the work, it stops nobody."""

    def __init__(self, viewer: Viewer, study: Study, erase: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("Measures")
        self._viewer, self._study = viewer, study
        self._rows: tuple[Row, ...] = ()
        self.table = QTableWidget(0, len(HEADINGS), accessibleName="Measures")
        self.table.setHorizontalHeaderLabels(HEADINGS)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.itemSelectionChanged.connect(self._choose)
        self.note = QLabel(objectName="caption")
        self.copy_button = QPushButton("Copy as text", toolTip="Columns with tabs, as a spreadsheet takes them")
        self.copy_button.clicked.connect(self.copy)
        self.erase_button = QPushButton("Delete", toolTip="Take the chosen measure away")
        self.erase_button.clicked.connect(erase)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.addWidget(self.table, 1)
        row.addWidget(self.note, 1)
        row.addWidget(self.erase_button)
        row.addWidget(self.copy_button)
        column.addLayout(row)
        self.resize(780, 250)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        for changed in (viewer.events.measures, viewer.events.chosen, study.events.entries, study.events.selected):
            changed.connect(self._soon)

    def refresh(self) -> None:
        """Bring the rows to what the state says now."""
        if not self.isVisible():
            return
        self._rows = rows(self._viewer, self._study)
        self.table.blockSignals(True)
        self.table.clearSelection()
        self.table.setRowCount(len(self._rows))
        for place, row in enumerate(self._rows):
            for column, text in enumerate(row.cells):
                self.table.setItem(place, column, _cell(text, column, row.synthetic))
            if row.measure is self._viewer.chosen and not self.table.selectedItems():
                self.table.selectRow(place)
        self.table.blockSignals(False)
        made = any(row.synthetic for row in self._rows)
        self.note.setText(_EMPTY if not self._rows else "a.u.: arbitrary units, of synthetic scans" if made else "")
        self.copy_button.setEnabled(bool(self._rows))
        self.erase_button.setEnabled(self._viewer.chosen is not None)

    def copy(self) -> None:
        """All rows into the clipboard."""
        QGuiApplication.clipboard().setText(as_text(rows(self._viewer, self._study)))

    def showEvent(self, event: QShowEvent) -> None:
        """Counting begins when it is seen."""
        self._soon()

    def _choose(self) -> None:
        place = self.table.currentRow()
        if 0 <= place < len(self._rows):
            self._viewer.chosen = self._rows[place].measure

    def _soon(self, *_: object) -> None:
        self._later.start()


def _cell(text: str, column: int, synthetic: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    if column > 1:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if synthetic:
        item.setForeground(QBrush(SYNTHETIC))
    return item
