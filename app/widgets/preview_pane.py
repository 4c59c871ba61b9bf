"""The live preview of the order under way."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.render.preview_painter import paint_preview, preview_slice
from app.state.slicing import Slice
from app.state.synthesis import Orders
from app.state.viewer import Viewer
from engine.preview import Preview

_HEIGHT = 170


class PreviewPane(QWidget):
    """Shows what can be seen of a result by now; hidden while there is nothing."""

    def __init__(self, orders: Orders, viewer: Viewer) -> None:
        super().__init__()
        self._orders, self._viewer = orders, viewer
        self._picture: Slice | None = None
        self.setFixedHeight(_HEIGHT)
        self.hide()
        orders.events.preview.connect(self._show)
        viewer.events.radiological.connect(lambda *_: self._show(orders.preview))

    def _show(self, preview: Preview | None) -> None:
        if preview is None or not self._orders.waiting:
            self._picture = None
        else:
            source = self._orders.waiting[0].entry.scan
            self._picture = preview_slice(preview, source, self._viewer.radiological)
            self.setAccessibleName(f"Preview of {self._picture.badge}")
            self.setToolTip("What can be seen by now, at the height of the crosshair. It is still changing.")
        self.setVisible(self._picture is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frozen answer."""
        if self._picture is not None:
            painter = QPainter(self)
            paint_preview(painter, self._picture, (float(self.width()), float(self.height())))
            painter.end()
