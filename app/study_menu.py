"""What can be done with one row of the study list: the menu of the right click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.removing import remove
from app.state.study import Entry
from app.state.viewer import Layout
from app.widgets.details_dialog import DetailsDialog
from engine.export import Kind
from engine.modality import Modality

if TYPE_CHECKING:
    from app.main_window import MainWindow


class StudyMenu:
    """Makes the menu of an entry when it is asked for."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def open(self, entry: Entry, where: QPoint) -> None:
        """Show it at a point of the screen; it goes when it was seen, for it holds the scan."""
        menu = self.menu(entry)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def menu(self, entry: Entry) -> QMenu:
        """Contrast, compare, export, report, details, remove."""
        menu = QMenu(self._window)
        menu.setToolTipsVisible(True)
        if entry.synthesis is None:
            self._add_contrasts(menu.addMenu("Contrast"), entry)
        others = [other for other in self._window.study.entries if other is not entry]
        compare = menu.addMenu("Compare with")
        compare.setEnabled(bool(others))
        for other in others:
            compare.addAction(other.title).triggered.connect(partial(self._compare, entry, other))
        menu.addSeparator()
        if entry.synthesis is not None:
            menu.addAction("Export NIfTI…").triggered.connect(lambda: self._window.exporting.export(entry))
            if entry.from_dicom:
                series = menu.addAction("Export DICOM…")
                series.triggered.connect(lambda: self._window.exporting.export(entry, Kind.DICOM))
        if entry.source in self._window.study.entries and not entry.is_spread:
            menu.addAction("Save report…").triggered.connect(lambda: self._report(entry))
        menu.addAction("Details…").triggered.connect(lambda: self.show_details(entry))
        menu.addSeparator()
        menu.addAction("Remove from the list").triggered.connect(lambda: remove(self._window, entry))
        return menu

    def show_details(self, entry: Entry | None) -> None:
        """What it is and how it was made."""
        if entry is not None:
            DetailsDialog(entry, self._window).open()

    def _report(self, entry: Entry) -> None:
        self._window.study.selected = entry
        self._window.reporting.save()

    def _add_contrasts(self, menu: QMenu, entry: Entry) -> None:
        """The reader knows better than the file's name."""
        group = QActionGroup(menu)
        for modality in (*Modality, None):
            action = menu.addAction(modality.label if modality else "Not known")
            action.setCheckable(True)
            action.setChecked(entry.scan.modality is modality)
            action.triggered.connect(partial(self._name, entry, modality))
            group.addAction(action)

    def _name(self, entry: Entry, modality: Modality | None, *_: object) -> None:
        self._window.study.name_modality(entry, modality)

    def _compare(self, entry: Entry, other: Entry, *_: object) -> None:
        study, viewer = self._window.study, self._window.viewer
        pair = (other, entry) if entry.scan.synthetic and not other.scan.synthetic else (entry, other)
        study.selected = entry
        study.compared = pair
        viewer.layout, viewer.only = Layout.COMPARE, None
