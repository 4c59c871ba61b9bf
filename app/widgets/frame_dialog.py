"""Which frame of a scan in four dimensions to open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QSlider, QSpinBox, QVBoxLayout, QWidget


class FrameDialog(QDialog):
    """A slider and a number that say the same, counted from 0."""

    def __init__(self, name: str, count: int, chosen: Callable[[int], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Frame")
        told = QLabel(f"{name} holds {count} volumes. Which one do you want to open?", wordWrap=True)
        self.slider = QSlider(Qt.Orientation.Horizontal, maximum=count - 1, accessibleName="Frame, as a slider")
        self.number = QSpinBox(maximum=count - 1, accessibleName="Frame, counted from 0")
        self.slider.setToolTip("Frame")
        self.number.setToolTip("Frame, counted from 0")
        self.slider.valueChanged.connect(self.number.setValue)
        self.number.valueChanged.connect(self.slider.setValue)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: chosen(self.number.value()))
        row = QHBoxLayout(spacing=12)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(told)
        column.addLayout(row)
        column.addWidget(QLabel("The keys , and . go on from there.", objectName="caption"))
        column.addWidget(buttons)
        self.setMinimumWidth(420)
        self.number.setFocus()
