"""The histogram of the selected scan, its window in the reader's hand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.render.histogram_painter import across, intensity_at, paint_histogram
from app.render.lettering import number
from app.state.histogram import Histogram, count, count_region, pulled
from app.state.history import Begun
from app.state.slicing import Size
from app.state.study import Entry, Study, badge
from app.state.viewer import Viewer
from app.state.window_level import WindowLevel
from app.widgets.focus_frame import FocusPane, paint_focus
from engine.volume import Volume

_NEAR = 7.0
"""Pixels from an edge of the window that still take it."""

_KEYS = {
    Qt.Key.Key_Left: ("level", -1),
    Qt.Key.Key_Right: ("level", 1),
    Qt.Key.Key_Up: ("high", 1),
    Qt.Key.Key_Down: ("high", -1),
}


class HistogramView(FocusPane):
    """Draws the counts; black and white edge are dragged, and the middle moves both."""

    def __init__(self, viewer: Viewer, study: Study) -> None:
        super().__init__(accessibleName="Histogram")
        self._viewer, self._study = viewer, study
        self.log = True
        self.histogram: Histogram | None = None
        self._volume: Volume | None = None
        self._held: tuple[str, float, WindowLevel, Begun] | None = None
        self.setMinimumSize(320, 170)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        """Small: the image is the hero."""
        return QSize(420, 220)

    @property
    def entry(self) -> Entry | None:
        """Whose counts are drawn."""
        return self._study.selected

    def refresh(self) -> None:
        """Count what the state says now; a scan is counted once."""
        if self.entry is None:
            self.forget()
        else:
            volume = self.entry.scan.volume
            if self.histogram is None or volume is not self._volume:
                self.histogram, self._volume = count(volume), volume
            self.histogram = replace(self.histogram, region=count_region(self.histogram, volume, self._viewer))
        self.update()

    def forget(self) -> None:
        """Let go of the scan."""
        self.histogram = self._volume = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Counts and window."""
        painter = QPainter(self)
        size: Size = (float(self.width()), float(self.height()))
        if self.histogram is not None and self.entry is not None:
            shown = self.entry.window_level
            paint_histogram(painter, self.histogram, shown, size, self.log, badge(self.entry.scan))
        if self.hasFocus():
            paint_focus(painter, size)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take an edge, or the window between them."""
        if self.entry is None or self.histogram is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        start = self._study.history.begin("window and level", self.entry, "window_level")
        at = intensity_at(self.histogram, event.position().x(), self.width())
        self._held = (self._edge(event.position()), at, self.entry.window_level, start)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The edge follows."""
        if self.entry is None or self.histogram is None:
            return
        if self._held is None:
            shape = Qt.CursorShape.SizeAllCursor if self._edge(event.position()) == "level" else None
            self.setCursor(shape or Qt.CursorShape.SizeHorCursor)
            return
        edge, at, start, _ = self._held
        way = intensity_at(self.histogram, event.position().x(), self.width()) - at
        self.entry.window_level = pulled(start, edge, way)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """One step that can be undone."""
        held, self._held = self._held, None
        if held is not None:
            held[3].end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the level, up and down the white edge."""
        key = Qt.Key(event.key())
        if self.entry is None or self.histogram is None or key not in _KEYS:
            super().keyPressEvent(event)
            return
        edge, way = _KEYS[key]
        with self._study.history.step("window and level", self.entry, "window_level", merge=True):
            step = (self.histogram.high - self.histogram.low) / 100
            self.entry.window_level = pulled(self.entry.window_level, edge, way * step)

    def _edge(self, position: QPointF) -> str:
        if self.entry is None or self.histogram is None:
            return "level"
        shown = self.entry.window_level
        ends = {"low": shown.low, "high": shown.low + shown.window}
        apart = {n: abs(across(self.histogram, v, self.width()) - position.x()) for n, v in ends.items()}
        nearest = min(apart, key=lambda name: apart[name])
        return nearest if apart[nearest] <= _NEAR else "level"


class HistogramPanel(QDialog):
    """The view, its scale, and the window in numbers; open beside the work, it stops nobody."""

    def __init__(self, viewer: Viewer, study: Study, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("Histogram")
        self._study = study
        self.view = HistogramView(viewer, study)
        self.log = QCheckBox("Logarithmic", checked=True, toolTip="Rare intensities stay visible")
        self.log.toggled.connect(self._scale)
        self.words = QLabel(objectName="caption", accessibleName="Window and level")
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self.view, 1)
        row.addWidget(self.words, 1)
        row.addWidget(self.log)
        column.addLayout(row)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        viewer.events.measures.connect(self._soon)
        viewer.events.chosen.connect(self._soon)
        study.events.selected.connect(self._watch)

    def refresh(self) -> None:
        """Say and draw what is true now."""
        if not self.isVisible():
            return
        self.view.refresh()
        entry = self.view.entry
        if entry is None:
            self.words.setText("No scan is selected")
        else:
            shown, unit = entry.window_level, ", arbitrary units" if entry.scan.synthetic else ""
            self.words.setText(f"{entry.contrast}  W {number(shown.window)}  L {number(shown.level)}{unit}")

    def showEvent(self, event: QShowEvent) -> None:
        """Counting begins when it is seen."""
        self._watch()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is not seen is not kept."""
        self.view.forget()

    def _scale(self, log: bool) -> None:
        self.view.log = log
        self.view.update()

    def _watch(self, *_: object) -> None:
        """Follow the window of the selected scan, too."""
        if self._study.selected is None:
            self.view.forget()
        else:
            self._study.selected.events.disconnect(self._soon, missing_ok=True)
            self._study.selected.events.connect(self._soon)
        self._soon()

    def _soon(self, *_: object) -> None:
        self._later.start()
