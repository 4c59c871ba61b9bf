"""What to bear in mind before the click: said beside the buttons that it is about."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.state.study import Entry
from engine.cautions import before
from engine.files import Scan


class CautionsBox(QLabel):
    """Hidden where nothing need be said."""

    def __init__(self) -> None:
        super().__init__(objectName="cautions", wordWrap=True, accessibleName="Before you synthesize")
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scan: Scan | None = None
        self.hide()

    def tell(self, entry: Entry | None) -> None:
        """The cautions about what would be synthesized from."""
        scan = entry.scan if entry else None
        if scan is self._scan:
            return  # the voxels are looked at once for each scan
        self._scan = scan
        self.setText("\n\n".join(before(scan, scan.modality)) if scan else "")
        self.setVisible(bool(self.text()))
