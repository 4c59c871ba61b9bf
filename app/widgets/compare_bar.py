"""Above the views while two scans are compared: which two, in which way, and what is known of the error."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QVBoxLayout, QWidget

from app.state.comparing import Amount, Comparing
from app.state.kinship import kinship
from app.state.mixed import Blend
from app.state.study import Entry, Study
from app.state.verdict import Verdict
from app.state.viewer import Layout, Viewer
from app.widgets.names_box import NamesBox

_SIDES = ("Left or first", "Right or second")
_LETTERS = 14
"""Of a scan's name that are always seen: "FLAIR synthetic" and no less."""

_NARROW = 146
"""Pixels that those letters take on a small screen, where the window has to fit into 1280."""


class CompareBar(QWidget):
    """Follows the state; hidden while one scan is looked at."""

    def __init__(self, viewer: Viewer, study: Study, comparing: Comparing) -> None:
        super().__init__()
        self.setObjectName("comparebar")
        self._viewer, self._study, self._comparing = viewer, study, comparing
        self.sides = tuple(self._side(name) for name in _SIDES)
        self.ways = QHBoxLayout(spacing=2)
        self.caption = QLabel(objectName="quiet")
        self.slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=20, pageStep=2)
        self.caution = QLabel(objectName="caution")
        self.verdict = QLabel(objectName="quiet", accessibleName="Error of the result")
        self._put_together()
        for side, box in enumerate(self.sides):
            box.activated.connect(lambda at, side=side: self._choose(side, at))
        self.slider.valueChanged.connect(self._slide)
        for signal in (viewer.events.layout, study.events.entries, study.events.compared, study.events.selected):
            signal.connect(self.refresh)
        for signal in (comparing.events.blend, comparing.events.opacity, comparing.events.span):
            signal.connect(self.refresh)
        comparing.events.verdict.connect(self._tell)
        self.refresh()

    def offer(self, actions: Sequence[QAction]) -> None:
        """One button a way to compare."""
        for action in actions:
            button = QToolButton(autoRaise=True, objectName="way", accessibleName=action.iconText())
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            self.ways.addWidget(button)

    def refresh(self, *_: object) -> None:
        """Show what is compared now, and how."""
        compared = self._study.compared
        comparing = self._viewer.layout is Layout.COMPARE or self._comparing.blend is not Blend.SIDE
        self.setVisible(comparing and compared is not None)
        if compared is None:
            return
        for box, entry in zip(self.sides, compared, strict=True):
            self._fill(box, entry)
            box.setToolTip(f"{box.accessibleName()}: {box.currentText()}")
        self._show_amount()
        caution = kinship(*compared).caution
        self.caution.setText(caution)
        self.caution.setVisible(bool(caution))
        self._tell(self._comparing.verdict)

    def _put_together(self) -> None:
        self.slider.setFixedWidth(96)
        first = QHBoxLayout(spacing=6)
        first.addWidget(self.sides[0])
        first.addWidget(QLabel("|", objectName="quiet"))
        first.addWidget(self.sides[1])
        first.addSpacing(8)
        first.addLayout(self.ways)
        first.addStretch(1)
        self.verdict.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        second = QHBoxLayout(spacing=12)
        second.addWidget(self.caution)
        second.addWidget(self.verdict, 1)
        second.addWidget(self.caption)
        second.addWidget(self.slider)
        column = QVBoxLayout(self, spacing=4)
        column.setContentsMargins(2, 6, 2, 6)
        column.addLayout(first)
        column.addLayout(second)

    def _side(self, name: str) -> QComboBox:
        box = NamesBox(accessibleName=f"{name} scan", toolTip=f"{name} scan")
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(_LETTERS)
        box.setMinimumWidth(_NARROW)
        return box

    def _fill(self, box: QComboBox, entry: Entry) -> None:
        names = _names(self._study.entries)
        if [box.itemText(at) for at in range(box.count())] != names:
            box.clear()
            box.addItems(names)
        if entry in self._study.entries:
            box.setCurrentIndex(self._study.entries.index(entry))

    def _choose(self, side: int, at: int) -> None:
        """Another scan on one side; chosen on both, the two change places."""
        if self._study.compared is None:
            return
        pair, chosen = list(self._study.compared), self._study.entries[at]
        if chosen is pair[1 - side]:
            pair[1 - side] = pair[side]
        pair[side] = chosen
        self._study.compared = (pair[0], pair[1])

    def _show_amount(self) -> None:
        amount = self._comparing.amount
        self.caption.setVisible(amount is not None)
        self.slider.setVisible(amount is not None)
        if amount is None:
            return
        value = getattr(self._comparing, amount.value)
        words = f"Opacity {100 * value:.0f} %" if amount is Amount.OPACITY else f"Range ±{value:.2f}"
        self.caption.setText(words)
        self.slider.setAccessibleName("Opacity" if amount is Amount.OPACITY else "Range of differences")
        self.slider.setToolTip(f"{self.slider.accessibleName()} (Q less, E more)")
        self.slider.blockSignals(True)
        self.slider.setMinimum(0 if amount is Amount.OPACITY else 1)
        self.slider.setValue(round(20 * value))
        self.slider.blockSignals(False)

    def _slide(self, value: int) -> None:
        amount = self._comparing.amount
        if amount is not None:
            setattr(self._comparing, amount.value, value / 20)

    def _tell(self, verdict: Verdict | None) -> None:
        self.verdict.setText(verdict.words if verdict else "")
        self.verdict.setToolTip(verdict.meaning if verdict else "")


def under(bar: CompareBar, views: QWidget) -> QWidget:
    """The views with their bar above them."""
    both = QWidget()
    column = QVBoxLayout(both, spacing=0)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(bar)
    column.addWidget(views, 1)
    return both


def _names(entries: Sequence[Entry]) -> list[str]:
    """Contrast and origin where they tell a scan from the others, else its file, too."""
    kinds = [entry.kind for entry in entries]
    return [entry.kind if kinds.count(entry.kind) == 1 else entry.title for entry in entries]
