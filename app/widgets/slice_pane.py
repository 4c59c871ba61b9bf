"""One painted plane of one scan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.render.slice_painter import paint_empty, paint_slice
from app.state.history import History
from app.state.slicing import Size, Slice
from app.state.study import Entry
from app.state.viewer import Viewer
from app.widgets.focus_frame import FocusPane, paint_focus
from app.widgets.hands import Hands
from app.widgets.pinching import pinch, watch_fingers
from app.widgets.title_tip import tell_title


class SlicePane(FocusPane):
    """Draws the Slice that it was given last, and hands the mouse on."""

    menu_wanted = Signal(QPoint)

    def __init__(self, viewer: Viewer, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Slice | None = None
        self.entry: Entry | None = None
        self.paints = 0
        self.viewer, self._history = viewer, history
        self._hands = Hands(viewer, self, history)
        self.setMouseTracking(True)
        watch_fingers(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(120, 100)

    @property
    def extent(self) -> Size:
        """Width and height in device-independent pixels."""
        return float(self.width()), float(self.height())

    @property
    def pixel(self) -> float:
        """The side of a pixel of the screen, in device-independent ones."""
        return 1 / self.devicePixelRatioF()

    def show_slice(self, entry: Entry, picture: Slice) -> None:
        """Redraw if this is another picture than the one on screen."""
        self.entry = entry
        if picture == self.picture:
            return
        self.picture = picture
        self.setAccessibleName(f"{picture.plane.label} view of {picture.badge or picture.title}")
        self.update()

    def look_through(self, viewer: Viewer) -> None:
        """Use this way of looking from now on."""
        if viewer is not self.viewer:
            self.viewer = viewer
            self._hands = Hands(viewer, self, self._history)

    def forget(self) -> None:
        """Let go of the scan: it may be gone from the study."""
        self.picture = self.entry = None

    def cancel_drag(self) -> bool:
        """Undo the drag in progress; whether there was one."""
        return self._hands.cancel()

    def scroll(self, steps: float) -> None:
        """So many slices on, as the keys ask."""
        self._hands.scroll(steps)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frozen answer; nothing is computed here."""
        self.paints += 1
        painter = QPainter(self)
        self.paint(painter)
        if self.hasFocus():
            paint_focus(painter, self.extent)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """The picture itself, for screen, clipboard and file."""
        if self.picture is None:
            paint_empty(painter, "", self.extent)
        else:
            paint_slice(painter, self.picture, self.extent)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag may begin."""
        self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A drag goes on, or Shift moves the crosshair."""
        self._hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A drag ends, or it was a click."""
        if self._hands.release(event):
            self.menu_wanted.emit(event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Large and back."""
        self._hands.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Slices or zoom."""
        self._hands.wheel(event)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels a drag; all other keys are actions."""
        if event.key() != Qt.Key.Key_Escape or not self.cancel_drag():
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The mouse's menu comes on release, for a right drag zooms; here only the menu key's."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.menu_wanted.emit(self.mapToGlobal(self.rect().center()))

    def event(self, event: QEvent) -> bool:
        """Pinching is not among Qt's ordinary handlers, nor is the pointer at rest."""
        if tell_title(self, event, self.picture.title if self.picture else ""):
            return True
        if (pinched := pinch(self, event)) is None:
            return super().event(event)
        self._hands.pinch(*pinched)
        return True
