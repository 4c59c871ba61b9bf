"""The small button in the corner of the 3-D view: look, planes, cut."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from engine.assets import assets

_EDGE = 6
_BELOW_BADGE = 24
_SMALLEST = 150
"""Narrower views have their menu on the right button alone."""


class DepthButton(QToolButton):
    """Opens the menu of the view; it is no part of the picture, so screenshots leave it out."""

    def __init__(self, menu: QMenu, parent: QWidget) -> None:
        super().__init__(parent, autoRaise=True, accessibleName="3-D view: look, planes, cut")
        self.setIcon(QIcon(str(assets() / "icons" / "depth.svg")))
        self.setIconSize(QSize(18, 18))
        self.setObjectName("over")
        self.setToolTip("Look, planes, cut (also by right click)")
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFixedSize(28, 28)

    def place(self, room: QSize, badged: bool) -> None:
        """The upper right corner, below a badge."""
        self.setVisible(room.width() >= _SMALLEST)
        self.move(room.width() - self.width() - _EDGE, _EDGE + (_BELOW_BADGE if badged else 0))
