"""A choice among names that may be longer than the box: cut in the middle with dots, whole in the list and the hint."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QStylePainter

from app.widgets.plain_box import PlainBox


class NamesBox(PlainBox):
    """Qt cuts the text of a box at its edge, in the middle of a letter."""

    def shown_text(self) -> str:
        """The name as far as there is room, its beginning and its end."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room.width() - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt does it, with another text."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
