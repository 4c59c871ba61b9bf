"""How a synthesis is made: quality in plain words, and behind a small triangle samples and seed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.bind import bind
from app.state.study import QUALITY
from app.state.synthesis import Orders, duration
from app.widgets.plain_box import NumberBox
from engine.synthesis import Mode

_SAID = {
    Mode.PRIOR: "One pass, no refining",
    Mode.SHORTCUT: "A short refinement",
    Mode.FULL: "All refining steps, from noise",
}


class QualityBar(QWidget):
    """Preview, Standard, Full: one of three, and a line that says what it does and how long it takes here."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        self._orders = orders
        self.line = QLabel(wordWrap=True, objectName="quiet")
        column, row = QVBoxLayout(self, spacing=4), QHBoxLayout(spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.line)
        self._group = QButtonGroup(self, exclusive=True)
        self.buttons: dict[Mode, QPushButton] = {}
        for mode, name in QUALITY.items():
            button = QPushButton(name, checkable=True, objectName="segment")
            button.clicked.connect(lambda _, mode=mode: setattr(orders, "mode", mode))
            self._group.addButton(button)
            self.buttons[mode] = button
            row.addWidget(button, 1)
        for signal in (orders.events.mode, orders.events.samples, orders.events.seconds):
            signal.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        mode = self._orders.mode
        for other, button in self.buttons.items():
            button.setToolTip(f"{_SAID[other]}: {duration(self._orders.expected(other))} a contrast here.")
        if mode in self.buttons:
            self.buttons[mode].setChecked(True)
            self.line.setText(f"{_SAID[mode]}: {duration(self._orders.expected(mode))} a contrast here.")


class SettingsBox(QWidget):
    """Samples and seed, folded away until they are wanted."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        self.fold = QToolButton(objectName="fold", text="Samples and seed", checkable=True, autoRaise=True)
        self.fold.setToolTip("Show or hide how many samples are drawn, and from which seed")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setArrowType(Qt.ArrowType.RightArrow)
        self.samples = NumberBox(minimum=1, maximum=16, accessibleName="Samples")
        self.samples.setToolTip("More than one: the result is their mean.")
        self.seed = NumberBox(minimum=0, maximum=2**31 - 1, accessibleName="Seed")
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
