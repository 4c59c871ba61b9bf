"""Help > About: what the program is, which version, under which terms, and what it must not be used for."""

from __future__ import annotations

import platform

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine import __version__
from engine.assets import assets

_SAID = (
    "Shows a brain MRI as if it had been acquired with another contrast.",
    "Research use only, never for diagnosis. A synthetic image shows what is likely, not what is there.",
    "Works offline: nothing leaves this computer.",
    "Apache License 2.0, without warranty of any kind. Models and sample scans have terms of their own: "
    "they stand in the model card and beside the samples.",
)
_ICON = 64
_WIDE = 520


class AboutDialog(QDialog):
    """Name, version and terms, as text that can be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Respin")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        drawing = QLabel(accessibleName="Respin's sign")
        drawing.setPixmap(QIcon(str(assets() / "icons" / "respin.svg")).pixmap(_ICON, _ICON))
        running = f"Python {platform.python_version()}, PySide6 {pyside_version}"
        self.lines = [QLabel(f"Respin {__version__}", objectName="heading"), QLabel(running, objectName="quiet")]
        self.lines += [QLabel(said, wordWrap=True) for said in _SAID]
        words = QVBoxLayout(spacing=8)
        for line in self.lines:
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(line)
        words.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        row = QHBoxLayout(spacing=20)
        row.addWidget(drawing, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        column = QVBoxLayout(self, spacing=14)
        column.setContentsMargins(22, 18, 22, 14)
        column.addLayout(row)
        column.addWidget(close)
        self.setMinimumWidth(_WIDE)
        self.resize(_WIDE, column.heightForWidth(_WIDE))  # words wrap: Qt leaves room for narrower lines
