"""The tour of the hands: a line above the views that names one gesture until it was made."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.state.study import Entry, Study
from app.state.touring import Tour, stops
from app.state.viewer import Viewer

_RESULT = "study.entries"
_DONE_MS = 900
"""How long "done" is seen before the next gesture is asked for: long enough to go on turning the wheel."""


class TourBar(QWidget):
    """Hidden but on the tour. Every stop can be passed over; the cross ends it."""

    def __init__(self, viewer: Viewer, study: Study) -> None:
        super().__init__()
        self.setObjectName("tour")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Tour of the hands")
        self.tour = Tour()
        self._arriving = False
        self._viewer, self._study = viewer, study
        self._followed: Entry | None = None
        self.count, self.how, self.what = QLabel(objectName="quiet"), QLabel(objectName="key"), QLabel()
        self.onward = QPushButton("Next", toolTip="Pass over this one")
        close = QToolButton(text="✕", autoRaise=True, toolTip="End the tour", accessibleName="End the tour")
        row = QHBoxLayout(self, spacing=10)
        row.setContentsMargins(12, 6, 8, 6)
        for widget in (self.count, self.how, self.what):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.onward)
        row.addWidget(close)
        self._pause = QTimer(self, singleShot=True, interval=_DONE_MS)
        self._pause.timeout.connect(self._step)
        self.onward.clicked.connect(self._step)
        close.clicked.connect(lambda: setattr(self.tour, "at", None))
        self._follow_the_hands()
        self._show()

    def begin(self) -> None:
        """From the first stop."""
        self.tour.at = 0
        self.onward.setFocus()

    def _follow_the_hands(self) -> None:
        for field in ("crosshair", "framing", "only"):
            getattr(self._viewer.events, field).connect(lambda *_, name=f"viewer.{field}": self._saw(name))
        self._study.events.entries.connect(self._on_entries)
        self._study.events.selected.connect(self._on_selected)
        self.tour.events.at.connect(self._show)

    def _on_selected(self, entry: Entry | None) -> None:
        """The window of the scan that is looked at is followed, that of the one before no more.

        What changes because a scan is shown, the crosshair say, was not done by the reader's hand.
        """
        stop = self.tour.stop(self._viewer)
        if stop is not None and stop.shows != _RESULT:
            self._pause.stop()
        self._arriving = True
        QTimer.singleShot(0, self._arrived)
        if self._followed is not None:
            self._followed.events.window_level.disconnect(self._on_window, missing_ok=True)
        self._followed = entry
        if entry is not None:
            entry.events.window_level.connect(self._on_window)

    def _arrived(self) -> None:
        self._arriving = False
        if not self._pause.isActive():
            self._show()

    def _on_window(self, *_: object) -> None:
        self._saw("entry.window_level")

    def _on_entries(self, entries: tuple[Entry, ...]) -> None:
        if any(entry.synthesis is not None for entry in entries):
            self._saw(_RESULT)

    def _saw(self, name: str) -> None:
        """Something has changed: is it what was asked for?"""
        stop = self.tour.stop(self._viewer)
        if self._arriving and name != _RESULT:
            return
        if stop is not None and stop.shows == name and self._study.selected is not None and self.isVisible():
            self.count.setText("✓")
            if not self._pause.isActive():
                self._pause.start()

    def _step(self) -> None:
        self._pause.stop()
        self.tour.step(self._viewer)

    def _show(self, *_: object) -> None:
        stop = self.tour.stop(self._viewer)
        self.setVisible(stop is not None)
        if stop is not None and self.tour.at is not None:
            last = self.tour.at + 1 == len(stops(self._viewer))
            self.count.setText(f"{self.tour.at + 1} of {len(stops(self._viewer))}")
            self.how.setText(stop.how)
            self.what.setText(stop.what)
            self.onward.setText("Done" if last else "Next")
