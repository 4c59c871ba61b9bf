"""The whole name of a scan under the pointer, for the corner of a view has room for a part of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

_WIDE, _HIGH = 0.4, 90
"""The corner at the upper left: of the pane's width, and pixels, the badge above the words included."""


def tell_title(pane: QWidget, event: QEvent, title: str) -> bool:
    """Show the title where the pointer rests in that corner; whether the event was such a rest."""
    if not isinstance(event, QHelpEvent) or event.type() is not QEvent.Type.ToolTip:
        return False
    corner = QRect(0, 0, round(_WIDE * pane.width()), _HIGH)
    if title and corner.contains(event.pos()):
        QToolTip.showText(event.globalPos(), title, pane, corner)
    else:
        QToolTip.hideText()
    return True
