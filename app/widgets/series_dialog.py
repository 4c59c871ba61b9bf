"""Which series of a DICOM folder or zip to open: one or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.files import Place, Series

_COLUMNS = ("No.", "Description", "Contrast", "Slices", "Size")
_PLACE = Qt.ItemDataRole.UserRole
_YES, _NO = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class SeriesDialog(QDialog):
    """A tick for each series; those of a known contrast have one already. No name of a patient, no date."""

    def __init__(self, places: Sequence[Place], chosen: Callable[[list[Place]], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Series in {places[0].path.name}")
        self._chosen = chosen
        self.rows = QTreeWidget(accessibleName="Series", rootIsDecorated=False, columnCount=len(_COLUMNS))
        self.rows.setHeaderLabels(_COLUMNS)
        for place in places:
            if place.series is not None:
                self.rows.addTopLevelItem(_row(place, place.series))
        self.rows.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column in (0, 2, 3, 4):
            self.rows.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.rows.header().setStretchLastSection(False)
        self.rows.itemChanged.connect(self._count)
        self.rows.itemActivated.connect(self._open_one)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self._open)
        self._buttons.rejected.connect(self.reject)
        self.button = self._buttons.button(QDialogButtonBox.StandardButton.Open)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(QLabel("Which series do you want to open?", objectName="heading"))
        column.addWidget(self.rows, 1)
        column.addWidget(self._buttons)
        self.resize(700, min(150 + 30 * self.rows.topLevelItemCount(), 640))
        self._tick_the_known()
        self._count()

    def _items(self) -> list[QTreeWidgetItem]:
        items = [self.rows.topLevelItem(row) for row in range(self.rows.topLevelItemCount())]
        return [item for item in items if item is not None and not item.isDisabled()]

    def _tick_the_known(self) -> None:
        items = self._items()
        known = [item for item in items if item.data(0, _PLACE).series.modality is not None]
        for item in known or items[:1]:
            item.setCheckState(0, _YES)
        if items:
            self.rows.setCurrentItem(items[0])

    def _count(self, *_: object) -> None:
        count = sum(item.checkState(0) is _YES for item in self._items())
        self.button.setText(f"Open {count} series" if count else "Open")
        self.button.setEnabled(count > 0)

    def _open(self) -> None:
        places = [item.data(0, _PLACE) for item in self._items() if item.checkState(0) is _YES]
        self.accept()
        self._chosen(places)

    def _open_one(self, item: QTreeWidgetItem) -> None:
        """Enter or a double click means this one."""
        self.accept()
        self._chosen([item.data(0, _PLACE)])


def _row(place: Place, series: Series) -> QTreeWidgetItem:
    x, y, _ = series.shape
    size = f"{x} × {y}" + (f", {series.frames} frames" if series.frames > 1 else "")
    contrast = series.modality.label if series.modality else "?"
    texts = (str(series.number), series.description or "no description", contrast, str(series.slices), size)
    item = QTreeWidgetItem(list(texts))
    item.setData(0, _PLACE, place)
    item.setCheckState(0, _NO)
    if series.refusal is not None:
        item.setDisabled(True)
        item.setText(4, "cannot be read")
        for column in range(len(_COLUMNS)):
            item.setToolTip(column, series.refusal)
    return item
