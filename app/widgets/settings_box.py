"""How a synthesis is made: quality in plain words, and behind a small triangle samples and seed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.bind import bind
from app.state.synthesis import QUALITY, Orders
from engine.synthesis import Mode

_SAID = {
    Mode.PRIOR: "The quickest look: no refinement.",
    Mode.SHORTCUT: "A few refining steps: the everyday choice.",
    Mode.FULL: "All refining steps: slow.",
}


class QualityBar(QWidget):
    """Preview, Standard, Full: one of three."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        row = QHBoxLayout(self, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        self._group = QButtonGroup(self, exclusive=True)
        self.buttons: dict[Mode, QPushButton] = {}
        for mode, name in QUALITY.items():
            button = QPushButton(name, checkable=True, objectName="segment", toolTip=_SAID[mode])
            button.clicked.connect(lambda _, mode=mode: setattr(orders, "mode", mode))
            self._group.addButton(button)
            self.buttons[mode] = button
            row.addWidget(button, 1)
        orders.events.mode.connect(self._show)
        self._show(orders.mode)

    def _show(self, mode: Mode) -> None:
        if mode in self.buttons:
            self.buttons[mode].setChecked(True)


class SettingsBox(QWidget):
    """Samples and seed, folded away until they are wanted."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        self.fold = QToolButton(objectName="fold", text="Samples and seed", checkable=True, autoRaise=True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setArrowType(Qt.ArrowType.RightArrow)
        self.samples = QSpinBox(minimum=1, maximum=16, accessibleName="Samples")
        self.samples.setToolTip("More than one: the result is their mean, with their standard deviation beside it.")
        self.seed = QSpinBox(minimum=0, maximum=2**31 - 1, accessibleName="Seed")
        self.seed.setToolTip("The same seed gives the same result.")
        self._inside = QWidget()
        form = QFormLayout(self._inside)
        form.setContentsMargins(16, 0, 0, 0)
        form.addRow("Samples", self.samples)
        form.addRow("Seed", self.seed)
        column = QVBoxLayout(self, spacing=4)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.fold)
        column.addWidget(self._inside)
        self._inside.hide()
        self.fold.toggled.connect(self._open)
        bind(orders, "samples", self.samples.valueChanged, self.samples.setValue)
        bind(orders, "seed", self.seed.valueChanged, self.seed.setValue)

    def _open(self, unfolded: bool) -> None:
        self._inside.setVisible(unfolded)
        self.fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
