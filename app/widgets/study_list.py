"""The open scans: contrast, real or SYNTH, name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.render.palette import ACCENT, QUIET, SYNTHETIC, TEXT
from app.state.details import details
from app.state.study import Entry, Study
from app.widgets.plain_list import PlainList

_ENTRY = Qt.ItemDataRole.UserRole
_INDENT = 14
_HIGH, _LINE = 46, 16
"""Pixels of a row of two lines, and of one line more."""


class StudyList(QWidget):
    """Shows the study and selects in it; `buttons` has room for actions at the top."""

    menu_wanted = Signal(object, QPoint)
    """An entry, and where on the screen its menu opens."""

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.setObjectName("study")
        self._study = study
        self.buttons = QHBoxLayout(spacing=4)
        self.rows = PlainList(accessibleName="Open scans")
        self.rows.setItemDelegate(_Row(self.rows))
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 0, 10)
        heading = QHBoxLayout()
        heading.addWidget(QLabel("Study", objectName="heading"))
        heading.addStretch(1)
        heading.addLayout(self.buttons)
        column.addLayout(heading)
        column.addWidget(self.rows, 1)
        self._told = QLabel(objectName="caption", wordWrap=True, visible=False, accessibleName="What is being read")
        column.addWidget(self._told)
        self.rows.currentItemChanged.connect(self._on_current)
        self.rows.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.rows.customContextMenuRequested.connect(self._on_menu)
        study.events.entries.connect(self._fill)
        study.events.selected.connect(self._mark)

    def tell(self, sentence: str) -> None:
        """What is going on, below the list; nothing where that is empty."""
        self._told.setText(sentence)
        self._told.setVisible(bool(sentence))

    def _fill(self, entries: tuple[Entry, ...]) -> None:
        self.rows.blockSignals(True)
        self.rows.clear()
        for entry in entries:
            item = QListWidgetItem()
            item.setData(_ENTRY, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, entry.title)
            item.setToolTip(_tip(entry))
            self.rows.addItem(item)
            for signal in (entry.events.scan, entry.events.saved):
                signal.disconnect(self._renew, missing_ok=True)
                signal.connect(self._renew)
        self.rows.blockSignals(False)
        self._mark(self._study.selected)

    def _mark(self, selected: Entry | None) -> None:
        for row in range(self.rows.count()):
            if self.rows.item(row).data(_ENTRY) is selected:
                self.rows.setCurrentRow(row)

    def _renew(self, *_: object) -> None:
        self._fill(self._study.entries)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._study.selected = item.data(_ENTRY)

    def _on_menu(self, where: QPoint) -> None:
        """Of the row under the pointer; of the current one where the menu key asks."""
        item = self.rows.itemAt(where) or self.rows.currentItem()
        if item is not None:
            self.menu_wanted.emit(item.data(_ENTRY), self.rows.viewport().mapToGlobal(where))


class _Row(QStyledItemDelegate):
    """Contrast in large letters, its tag, the name below, and where it lies nowhere but in memory, that."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        entry: Entry = index.data(_ENTRY)
        return QSize(120, _HIGH + _LINE if entry.unsaved else _HIGH)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(_ENTRY)
        room = QRectF(option.rect).adjusted(10 + (_INDENT if entry.source else 0), 5, -8, -5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(TEXT)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignTop), entry.contrast)
        left = room.left() + painter.fontMetrics().horizontalAdvance(entry.contrast) + 8
        self._paint_tag(painter, entry, left, room.top())
        painter.setFont(option.font)
        painter.setPen(QUIET)
        if entry.unsaved:
            painter.drawText(room, int(Qt.AlignmentFlag.AlignBottom), "not exported")
            room.adjust(0, 0, 0, -_LINE)
        name = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignBottom), name)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, QColor("#1d2a30"))
            painter.fillRect(QRectF(option.rect.left(), option.rect.top(), 3, option.rect.height()), ACCENT)
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(ACCENT, 1))
            painter.drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_tag(self, painter: QPainter, entry: Entry, left: float, top: float) -> None:
        colour = SYNTHETIC if entry.scan.synthetic else QUIET
        font = QFont(painter.font())
        font.setPixelSize(10)
        painter.setFont(font)
        tag = QRectF(left, top + 1, painter.fontMetrics().horizontalAdvance(entry.origin) + 10, 15)
        painter.setPen(QPen(colour, 1))
        painter.drawRoundedRect(tag, 3, 3)
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, entry.origin)


def _tip(entry: Entry) -> str:
    """Everything about a scan that does not fit its row."""
    lines = [f"{name}: {value}" for name, value in details(entry)]
    return "\n".join([f"{entry.contrast} {entry.origin}", *lines, "Right click: what can be done with it"])
