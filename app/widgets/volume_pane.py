"""The 3-D view of one scan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from app.render.slice_painter import paint_empty
from app.render.volume_painter import paint_volume
from app.state.depth import Depth, Facing, in_depth
from app.state.history import History
from app.state.slicing import Size
from app.state.study import Entry
from app.state.viewer import Viewer
from app.widgets.depth_button import DepthButton
from app.widgets.focus_frame import FocusPane, paint_focus
from app.widgets.pinching import pinch, watch_fingers
from app.widgets.title_tip import tell_title

_DEGREES_A_PIXEL = 0.4
_CLICK_TRAVEL = 4.0
_AFTER_PLANES_MS = 60
"""A new scan shows its planes first."""

_REST_MS = 160
"""After the last movement the picture is drawn sharp."""

_TURNS = {
    Qt.Key.Key_Left: (-10.0, 0.0),
    Qt.Key.Key_Right: (10.0, 0.0),
    Qt.Key.Key_Up: (0.0, -10.0),
    Qt.Key.Key_Down: (0.0, 10.0),
}
_ZOOMS = {Qt.Key.Key_Plus: 1.15, Qt.Key.Key_Equal: 1.15, Qt.Key.Key_Minus: 1 / 1.15}

IN_DEPTH = (
    ("Left drag, arrows", "turn the head"),
    ("Middle drag", "move it"),
    ("Right drag, wheel, + and -", "zoom"),
    ("Double click", "3-D alone, and back"),
    ("Right click", "look, planes, cut"),
)
"""What the hand does here, in words."""


class VolumePane(FocusPane):
    """Turns, moves and zooms the head; VTK is imported when the first scan is shown here."""

    def __init__(self, viewer: Viewer, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry: Entry | None = None
        self.depth: Depth | None = None
        self._drawn: Depth | None = None
        self._viewer, self._history = viewer, history
        self.menu = QMenu(self)
        self.button = DepthButton(self.menu, self)
        self._scene = None
        self._image = QImage()
        self._facing: Facing | None = None
        self._held: QPointF | None = None
        self._travel = 0.0
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(lambda: self._draw(moving=True))
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(lambda: self._draw(moving=False))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        watch_fingers(self)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setMinimumSize(120, 100)

    @property
    def extent(self) -> Size:
        """Width and height in device-independent pixels."""
        return float(self.width()), float(self.height())

    def show_entry(self, entry: Entry) -> None:
        """Redraw if this is another picture than the one on screen; a new scan after its planes."""
        before, self.depth = self.depth, in_depth(self._viewer, entry)
        if self.depth == before and entry is self.entry:
            return
        if entry is not self.entry:
            self._image, self._facing = QImage(), None
            self._rest.start(_AFTER_PLANES_MS)
        else:
            self._soon.start(0)
        self.entry = entry
        self.setAccessibleName(f"3-D view of {self.depth.badge or self.depth.title}")
        self.button.place(self.size(), self.depth.badge is not None)
        self.update()

    def forget(self) -> None:
        """Let go of the scan: it may be gone from the study."""
        self.entry = self.depth = self._drawn = self._facing = None
        self._image = QImage()
        if self._scene is not None:
            self._scene.forget()

    def front(self) -> None:
        """The first view again."""
        if self._scene is not None:
            self._scene.front()
            self._soon.start(0)

    def close_scene(self) -> None:
        """Give VTK's window back before Qt goes."""
        if self._scene is not None:
            self._scene.close()
            self._scene = None

    def _draw(self, moving: bool) -> None:
        if self.depth is None or not self.isVisible():
            return
        if self._scene is None:
            from app.render.volume_scene import VolumeScene  # VTK: half a second, after the window is up

            self._scene = VolumeScene()
        if self._drawn != self.depth:
            self._scene.show(self.depth)
            self._drawn = self.depth
        ratio = self.devicePixelRatioF()
        self._image = self._scene.picture(int(self.width() * ratio), int(self.height() * ratio), moving)
        self._facing = self._scene.facing()
        if moving:
            self._rest.start(_REST_MS)
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
        if self.depth is None:
            paint_empty(painter, "", self.extent)
        else:
            paint_volume(painter, self._image, self.depth, self._facing, self.extent)

    def showEvent(self, event: QShowEvent) -> None:
        """Back in the layout: what was shown here meanwhile is not drawn yet."""
        self._rest.start(_AFTER_PLANES_MS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size is another picture."""
        self.button.place(event.size(), self.depth is not None and self.depth.badge is not None)
        self._rest.start(_AFTER_PLANES_MS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the head in hand."""
        self._held, self._travel = event.position(), 0.0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Left turns, middle moves, right zooms."""
        if self._held is None or self._scene is None:
            return
        travel, self._held = event.position() - self._held, event.position()
        self._travel += travel.manhattanLength()
        if self._travel < _CLICK_TRAVEL:
            return
        if event.buttons() & Qt.MouseButton.RightButton:
            self._scene.zoom(1.006 ** -travel.y())
        elif event.buttons() & Qt.MouseButton.MiddleButton:
            self._scene.pan(travel.x() / self.height(), travel.y() / self.height())
        else:
            self._scene.turn(travel.x() * _DEGREES_A_PIXEL, travel.y() * _DEGREES_A_PIXEL)
        self._soon.start(0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A right click asks for the menu."""
        held, self._held = self._held, None
        if held is not None and event.button() is Qt.MouseButton.RightButton and self._travel < _CLICK_TRAVEL:
            self.menu.popup(event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Large and back."""
        self._held = None
        if event.button() is Qt.MouseButton.LeftButton:
            with self._history.step("layout", self._viewer, "layout", "only"):
                self._viewer.only = None if self._viewer.only == "volume" else "volume"

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Closer and farther."""
        self._zoom(1.001 ** event.angleDelta().y())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Arrows turn the head while it has the focus: they are not slices then. Fingers pinch."""
        if tell_title(self, event, self.depth.title if self.depth else ""):
            return True
        if (pinched := pinch(self, event)) is not None:
            self._zoom(pinched[0])
            return True
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn, plus and minus zoom."""
        if not self._is_own(event) or self._scene is None:
            super().keyPressEvent(event)
        elif event.key() in _TURNS:
            self._scene.turn(*_TURNS[Qt.Key(event.key())])
            self._soon.start(0)
        else:
            self._zoom(_ZOOMS[Qt.Key(event.key())])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The mouse's menu comes on release, for a right drag zooms; here only the menu key's."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.menu.popup(self.mapToGlobal(self.rect().center()))

    def _zoom(self, factor: float) -> None:
        if self._scene is not None:
            self._scene.zoom(factor)
            self._soon.start(0)

    @staticmethod
    def _is_own(event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        return plain and (event.key() in _TURNS or event.key() in _ZOOMS)
