"""The 3-D view of one scan."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.render.slice_painter import paint_empty
from app.render.volume_painter import paint_volume
from app.state.slicing import Size
from app.state.study import Entry
from app.state.viewer import Viewer
from app.widgets.focus_frame import paint_focus

_DEGREES_A_PIXEL = 0.4


class VolumePane(QWidget):
    """Turns and zooms the head; VTK is imported when the first scan is shown here."""

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry: Entry | None = None
        self._shown: Entry | None = None
        self._viewer = viewer
        self._scene = None
        self._image = QImage()
        self._held: QPointF | None = None
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._draw)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setMinimumSize(120, 100)

    @property
    def extent(self) -> Size:
        """Width and height in device-independent pixels."""
        return float(self.width()), float(self.height())

    def show_entry(self, entry: Entry) -> None:
        """Draw this scan, after the planes are on screen."""
        if entry is self.entry:
            self.update()
            return
        self.entry = entry
        self._image = QImage()
        self.setAccessibleName(f"3-D view of {entry.title}")
        self.update()
        self._later.start(60)

    def forget(self) -> None:
        """Let go of the scan: it may be gone from the study."""
        self.entry = self._shown = None
        self._image = QImage()

    def front(self) -> None:
        """The first view again."""
        if self._scene is not None:
            self._scene.front()
            self._draw()

    def close_scene(self) -> None:
        """Give VTK's window back before Qt goes."""
        if self._scene is not None:
            self._scene.close()
            self._scene = None

    def _draw(self) -> None:
        if self.entry is None or not self.isVisible():
            return
        if self._scene is None:
            from app.render.volume_scene import VolumeScene  # VTK: half a second, after the window is up

            self._scene = VolumeScene()
        if self._shown is not self.entry:
            self._scene.show(self.entry.scan.volume)
            self._shown = self.entry
        ratio = self.devicePixelRatioF()
        size = int(self.width() * ratio), int(self.height() * ratio)
        self._image = self._scene.picture(*self._scene.affordable(*size, moving=self._held is not None))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, its name, the badge."""
        painter = QPainter(self)
        self.paint(painter)
        if self.hasFocus():
            paint_focus(painter, self.extent)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """The picture itself, for screen, clipboard and file."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.entry is None:
            paint_empty(painter, "", self.extent)
        else:
            paint_volume(painter, self._image, self.entry, self.extent, self._viewer.annotations)

    def showEvent(self, event: QShowEvent) -> None:
        """Back in the layout: what was shown here meanwhile is not drawn yet."""
        self._later.start(60)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size is another picture."""
        self._later.start(60)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the head in hand."""
        self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Left turns, right zooms."""
        if self._held is None or self._scene is None:
            return
        travel, self._held = event.position() - self._held, event.position()
        if event.buttons() & Qt.MouseButton.RightButton:
            self._scene.zoom(1.006 ** -travel.y())
        else:
            self._scene.turn(travel.x() * _DEGREES_A_PIXEL, travel.y() * _DEGREES_A_PIXEL)
        self._later.start(0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Draw it sharp again."""
        self._held = None
        self._later.start(0)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Large and back."""
        self._held = None
        self._viewer.only = None if self._viewer.only == "volume" else "volume"

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Closer and farther."""
        if self._scene is not None:
            self._scene.zoom(1.001 ** event.angleDelta().y())
            self._later.start(0)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """They go elsewhere."""
        super().focusOutEvent(event)
        self.update()
