"""Where the crosshair is, which side is which, and what the left button does: always in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.state import readout
from app.state.study import Study
from app.state.viewer import Viewer


class StatusLine(QWidget):
    """Follows the state, once a turn of the event loop."""

    def __init__(self, viewer: Viewer, study: Study) -> None:
        super().__init__()
        self.setObjectName("status")
        self._viewer, self._study = viewer, study
        self.place = QLabel(accessibleName="Crosshair", objectName="place")
        self.place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.convention = QLabel(accessibleName="Display convention", objectName="convention")
        self.hand = QLabel(accessibleName="Left button", objectName="quiet")
        row = QHBoxLayout(self, spacing=18)
        row.setContentsMargins(12, 4, 12, 5)
        row.addWidget(self.place, 1)
        row.addWidget(self.convention)
        row.addWidget(self.hand)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.refresh)
        viewer.events.connect(self._soon)
        study.events.connect(self._soon)
        self.refresh()

    def refresh(self) -> None:
        """Say what is true now."""
        self.place.setText(readout.place(self._viewer, self._study))
        self.place.setToolTip(self.place.text())
        self.convention.setText(readout.convention(self._viewer, self._study))
        self.hand.setText(readout.hand(self._viewer))

    def _soon(self, *_: object) -> None:
        self._later.start()
