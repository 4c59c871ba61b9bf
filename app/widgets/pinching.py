"""Two fingers drawn apart, on a touch pad or on the screen itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget


def watch_fingers(view: QWidget) -> None:
    """Ask Qt to tell this view of pinches on a touch screen; those on a touch pad come unasked."""
    view.grabGesture(Qt.GestureType.PinchGesture)


def pinch(view: QWidget, event: QEvent) -> tuple[float, QPointF] | None:
    """How much farther apart the fingers are than a moment ago, and the pixel between them; None: no pinch."""
    if isinstance(event, QNativeGestureEvent):
        zooms = event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture
        return (1 + event.value(), event.position()) if zooms else None
    if isinstance(event, QGestureEvent):
        gesture = event.gesture(Qt.GestureType.PinchGesture)
        if isinstance(gesture, QPinchGesture):
            return gesture.scaleFactor(), QPointF(view.mapFromGlobal(gesture.centerPoint()))
    return None
