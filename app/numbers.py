"""What was measured, in numbers: the table and the histogram beside the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from app.state.measured import as_text, rows
from app.state.measuring import erase
from app.state.study import Entry, Study
from app.state.viewer import Viewer
from app.widgets.histogram import HistogramPanel
from app.widgets.measures_table import MeasuresTable


class Numbers:
    """Makes the two panels when they are first asked for; asked for again, they go."""

    def __init__(self, viewer: Viewer, study: Study, window: QWidget) -> None:
        self._viewer, self._study, self._window = viewer, study, window
        self.table: MeasuresTable | None = None
        self.histogram: HistogramPanel | None = None
        study.events.entries.connect(self._forget)

    def toggle_table(self) -> None:
        """The measures, scan by scan."""
        if self.table is None:
            self.table = MeasuresTable(self._viewer, self._study, self.erase, self._window)
        self._toggle(self.table, QPoint(470, -300))

    def toggle_histogram(self) -> None:
        """The intensities of the selected scan."""
        if self.histogram is None:
            self.histogram = HistogramPanel(self._viewer, self._study, self._window)
        self._toggle(self.histogram, QPoint(16, -310))

    def copy(self) -> None:
        """All measures into the clipboard as text."""
        QGuiApplication.clipboard().setText(as_text(rows(self._viewer, self._study)))

    def erase(self) -> bool:
        """The chosen measure away; whether there was one. It can be undone."""
        with self._study.history.step("measure", self._viewer, "measures", "chosen"):
            return erase(self._viewer)

    def clear(self) -> None:
        """All measures away; it can be undone."""
        with self._study.history.step("measures", self._viewer, "measures", "chosen"):
            self._viewer.measures, self._viewer.chosen = (), None

    def _forget(self, entries: tuple[Entry, ...]) -> None:
        """Without a scan there is nothing measured: the next head is not the last one's."""
        if not entries:
            self._viewer.measures, self._viewer.chosen = (), None

    def _toggle(self, panel: QDialog, off: QPoint) -> None:
        if panel.isVisible():
            panel.hide()
            return
        low = self._window.mapToGlobal(self._window.rect().bottomLeft())
        panel.move(low + off)
        panel.show()
