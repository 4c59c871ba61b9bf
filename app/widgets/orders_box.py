"""The order under way with its progress and preview, and below it those that wait."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.state.synthesis import Order, Orders
from app.state.viewer import Viewer
from app.widgets.preview_pane import PreviewPane


class OrdersBox(QWidget):
    """Hidden while there is nothing to do. dropped: the order that the reader does not want any more."""

    dropped = Signal(object)

    def __init__(self, orders: Orders, viewer: Viewer) -> None:
        super().__init__()
        self._orders = orders
        self.title = QLabel(wordWrap=True)
        self.preview = PreviewPane(orders, viewer)
        self.bar = QProgressBar(maximum=1000, textVisible=False, accessibleName="Progress")
        self.stage = QLabel(wordWrap=True, objectName="quiet")
        self.cancel = QPushButton("Cancel", accessibleName="Cancel the synthesis under way")
        self.cancel.setToolTip("Give up the synthesis under way (Ctrl+.)")
        self.queue = QVBoxLayout(spacing=2)
        self.waiting: dict[Order, QToolButton] = {}
        self._rows: list[QWidget] = []
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout(spacing=6)
        head.addWidget(self.title, 1)
        head.addWidget(self.cancel)
        column.addLayout(head)
        for widget in (self.bar, self.stage):
            column.addWidget(widget)
        column.addLayout(self.queue)
        column.addWidget(self.preview)
        self.cancel.clicked.connect(self._drop_first)
        orders.events.waiting.connect(self._renew)
        orders.events.progress.connect(self._move)
        self._renew(orders.waiting)

    def _renew(self, waiting: tuple[Order, ...]) -> None:
        self.setVisible(bool(waiting))
        for row in self._rows:
            self.queue.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.waiting = {}
        self._rows = [self._row(place, order) for place, order in enumerate(waiting[1:], 1)]
        for row in self._rows:
            self.queue.addWidget(row)
        self.title.setText(waiting[0].title if waiting else "")
        self._move()

    def _row(self, place: int, order: Order) -> QWidget:
        """One order that waits, with its place in the line and a cross."""
        row, cross = QWidget(), QToolButton(text="✕", autoRaise=True, toolTip="Take it out of the line")
        cross.setAccessibleName(f"Remove {order.title}, number {place} in the line")
        cross.clicked.connect(lambda: self.dropped.emit(order))
        self.waiting[order] = cross
        line = QHBoxLayout(row, spacing=4)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(QLabel(f"Waiting: {order.title}", objectName="quiet", wordWrap=True), 1)
        line.addWidget(cross)
        return row

    def _move(self, *_: object) -> None:
        progress = self._orders.progress
        self.bar.setValue(round(1000 * progress.fraction) if progress else 0)
        self.stage.setText(progress.text if progress else "Waiting")

    def _drop_first(self) -> None:
        if self._orders.waiting:
            self.dropped.emit(self._orders.waiting[0])
