"""What stands where the views will be: how to begin."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

_SAID = "See a brain MRI as if it had been acquired with another contrast."
_HOW = "Or drop files or folders anywhere in this window: NIfTI, DICOM, NRRD, MetaImage, MGZ, Analyze."


class Welcome(QWidget):
    """The first things to do, as buttons; the first of them has the focus."""

    def __init__(self, mark: QIcon, actions: Sequence[QAction]) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Welcome")
        picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, accessibleName="The mark of Respin")
        picture.setPixmap(mark.pixmap(QSize(64, 64)))
        self.buttons = [_button(action) for action in actions]
        self.buttons[0].setProperty("first", True)
        row = QHBoxLayout(spacing=12)
        row.addStretch(1)
        for button in self.buttons:
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self, spacing=10)
        column.addStretch(3)
        column.addWidget(picture)
        column.addWidget(_line("Respin", "title"))
        column.addWidget(_line(_SAID, "said"))
        column.addSpacing(14)
        column.addLayout(row)
        column.addSpacing(8)
        column.addWidget(_line(_HOW, "quiet"))
        column.addStretch(4)
        self.setFocusProxy(self.buttons[0])


def _line(text: str, name: str) -> QLabel:
    return QLabel(text, objectName=name, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)


def _button(action: QAction) -> QToolButton:
    button = QToolButton(objectName="begin", accessibleName=action.text())
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
