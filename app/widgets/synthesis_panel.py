"""Source, targets, quality, progress, export: the panel at the right."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.state.kinship import truth, unmeasured
from app.state.reporting import pair_of
from app.state.study import Entry, Study
from app.state.synthesis import Orders
from app.state.viewer import Viewer
from app.widgets.cautions_box import CautionsBox
from app.widgets.news import News
from app.widgets.orders_box import OrdersBox
from app.widgets.plain_box import PlainBox
from app.widgets.settings_box import QualityBar, SettingsBox
from engine.modality import Modality
from engine.synthesis import CAUTION

if TYPE_CHECKING:
    from engine.bundle import Bundle

_UNKNOWN = "Choose contrast"
_SCROLLBAR = 12
"""Pixels at the right that a scroll bar may take."""


class SynthesisPanel(QWidget):
    """Says what is wanted through `wanted`; shows the state of the orders."""

    wanted = Signal(object, object)
    """The entry to synthesize from, and the targets (tuple)."""

    cancelled = Signal(object)
    """The order to drop."""

    export = Signal()

    def __init__(self, bundle: Bundle | None, orders: Orders, study: Study, viewer: Viewer) -> None:
        super().__init__()
        self.setObjectName("synthesis")
        self._bundle, self._orders, self._study = bundle, orders, study
        self.name = QLabel(objectName="quiet")
        self.source = PlainBox(accessibleName="Contrast of the source")
        self.cautions = CautionsBox()
        self.targets: dict[Modality, QPushButton] = {}
        self.all_targets = QPushButton("All of them", objectName="quiet")
        self.settings = SettingsBox(orders)
        self._scroll = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
        self.orders = OrdersBox(orders, viewer)
        self.message = QLabel(wordWrap=True, objectName="quiet")
        self.about = QToolButton(objectName="link", autoRaise=True)
        self.news = News()
        self.export_button = QPushButton("Export NIfTI…", objectName="export")
        self.dicom = QToolButton(objectName="link", autoRaise=True)
        self.report = QToolButton(objectName="link", autoRaise=True)
        self._room = QVBoxLayout(spacing=6)
        self._build()
        self._say_what_for()
        self._connect()
        self._renew()

    def _build(self) -> None:
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(0, 8, 0, 10)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._work())
        column.addWidget(self._scroll, 1)
        notice = "Research use only. A synthetic image shows what is likely, not what is there."
        always = QVBoxLayout(spacing=8)
        always.setContentsMargins(0, 0, _SCROLLBAR, 0)
        column.addLayout(always)
        always.addStretch(1)  # takes what Qt reserves for narrower lines than there are
        for widget in (
            self.news,
            QFrame(objectName="rule"),
            self.export_button,
            self.dicom,
            self.report,
            QLabel(notice, wordWrap=True, objectName="quiet"),
            self.about,
        ):
            always.addWidget(widget)

    def _work(self) -> QWidget:
        """Source, targets, settings and progress, one below the other; scrolls where the window is low."""
        inside = QWidget()
        column = QVBoxLayout(inside, spacing=8)
        column.setContentsMargins(0, 0, _SCROLLBAR, 0)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        source = QLabel("Source contrast", objectName="caption")
        source.setBuddy(self.source)
        for widget in (QLabel("Synthesis", objectName="heading"), source, self.source, self.name, self.cautions):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(self._room)
        column.addSpacing(4)
        for widget in (QLabel("Quality", objectName="caption"), QualityBar(self._orders), self.settings):
            column.addWidget(widget)
        column.addSpacing(6)
        for widget in (self.orders, self.message):
            column.addWidget(widget)
        column.addStretch(1)
        return inside

    def _say_what_for(self) -> None:
        """Under the pointer."""
        self.source.setToolTip("What contrast the scan is; the model has to know")
        self.all_targets.setToolTip("Every contrast that the model offers, one after the other (Ctrl+T)")
        self.export_button.setToolTip("Save the result as NIfTI, labelled as synthetic (Ctrl+S)")

    def _connect(self) -> None:
        self._list_contrasts()
        self.source.activated.connect(self._on_modality)
        self.all_targets.clicked.connect(lambda: self._want(tuple(self.targets)))
        self.orders.dropped.connect(self.cancelled)
        self.export_button.clicked.connect(self.export)
        for signal in (self._study.events.selected, self._study.events.entries, self._study.events.compared):
            signal.connect(self._renew)
        for signal in (self._orders.events.waiting, self._orders.events.message, self._orders.events.preview):
            signal.connect(self._show_orders)
        self._follow = QTimer(self, singleShot=True, interval=0)
        self._follow.timeout.connect(lambda: self._scroll.ensureWidgetVisible(self.orders, 0, 0))

    def take(self, bundle: Bundle | None) -> None:
        """Another model: its contrasts in the list, its targets on the buttons."""
        self._bundle = bundle
        self._list_contrasts()
        self._renew()

    def tell(self, sentence: str, folder: Path | None = None) -> None:
        """Good news, above the export button: the panes keep their size. folder: where to look for it."""
        self.news.tell(sentence, folder)

    def origin(self) -> Entry | None:
        """What would be synthesized from: the selected scan, or the source of the selected result."""
        selected = self._study.selected
        if selected is None or selected.source is None or selected.source not in self._study.entries:
            return selected
        return selected.source

    def _list_contrasts(self) -> None:
        self.source.clear()
        self.source.addItem(_UNKNOWN, None)
        for modality in self._known():
            self.source.addItem(modality.label, modality)

    def _known(self) -> tuple[Modality, ...]:
        return self._bundle.preset.modalities if self._bundle is not None else tuple(Modality)

    def _renew(self, *_: object) -> None:
        """The source has changed, or what it is."""
        entry = self.origin()
        modality = entry.scan.modality if entry else None
        self.source.setEnabled(entry is not None and entry.synthesis is None)
        self.source.setCurrentIndex(max(self.source.findData(modality), 0))
        self.name.setText(_elided(self.name, entry.scan.name) if entry else "No scan is open")
        can = self._bundle is not None and entry is not None and modality in self._known() and not entry.is_spread
        self.cautions.tell(entry)
        self._offer(self._bundle.targets(modality) if can and self._bundle and modality else ())
        result = self._study.result
        self.export_button.setEnabled(result is not None)
        self.dicom.setVisible(result is not None and result.from_dicom)
        self.report.setEnabled(pair_of(self._study) is not None)
        self._show_orders()

    def _offer(self, targets: tuple[Modality, ...]) -> None:
        """One button a target."""
        if tuple(self.targets) == targets:
            return
        for button in self.targets.values():
            self._room.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._room.removeWidget(self.all_targets)
        self.targets = {target: self._button(target) for target in targets}
        for button in self.targets.values():
            self._room.addWidget(button)
            button.show()  # Qt would show it in the next turn of the event loop: too late for the focus
        if len(targets) > 1:
            self._room.addWidget(self.all_targets)
        self.all_targets.setVisible(len(targets) > 1)
        for before, after in pairwise((self.source, *self.targets.values(), self.all_targets)):
            QWidget.setTabOrder(before, after)  # else buttons made later come after all the rest of the window

    def _button(self, target: Modality) -> QPushButton:
        button = QPushButton(f"Synthesize {target.label}", objectName="target")
        caution = CAUTION.get(target, "No ground truth: the error of a synthetic image is unknown.")
        button.setToolTip(caution)
        button.setAccessibleDescription(caution)
        button.clicked.connect(lambda: self._want((target,)))
        return button

    def _want(self, targets: tuple[Modality, ...]) -> None:
        entry = self.origin()
        if entry is not None:
            self.wanted.emit(entry, targets)

    def _on_modality(self, index: int) -> None:
        entry = self.origin()
        if entry is not None:
            self._study.name_modality(entry, self.source.itemData(index))
            self._renew()

    def _show_orders(self, *_: object) -> None:
        if self._orders.waiting:
            self._follow.start()  # once the layout has made room
        self.message.setText(self._sentence())
        self.message.setVisible(bool(self.message.text()))

    def _sentence(self) -> str:
        if self._bundle is None:
            return "No model is installed: scans can be viewed, not synthesized."
        entry = self.origin()
        if entry is not None and entry.is_spread:
            return "A map of uncertainty is no image: nothing is made from it."
        if entry is not None and entry.scan.modality is None:
            return "The contrast of this scan was not recognised. Choose it above."
        if entry is not None and not self.targets:
            return f"This model makes nothing from {entry.contrast}. If the contrast is wrong, correct it above."
        return "\n".join(line for line in (self._orders.message, self._caution()) if line)

    def _caution(self) -> str:
        """What must be said of the synthetic data on screen, made here or not."""
        shown = (self._study.selected, *(self._study.compared or ()))
        synthetic = [entry for entry in shown if entry is not None and entry.scan.synthetic]
        images = [entry for entry in synthetic if not entry.is_spread]
        unknown = [unmeasured(self._study, entry).words for entry in images if truth(self._study, entry) is None]
        looked_at = {entry.scan.modality for entry in synthetic}
        cautions = (said for contrast, said in CAUTION.items() if contrast in looked_at)
        return "\n".join((*(f"{words}." for words in dict.fromkeys(unknown)), *cautions))


def _elided(label: QLabel, text: str) -> str:
    label.setToolTip(text)
    return label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, 190)
