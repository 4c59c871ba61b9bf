"""The colours of the views. One accent; amber belongs to synthetic data alone."""

from __future__ import annotations

from PySide6.QtGui import QColor

BACKGROUND = QColor("#000000")
TEXT = QColor("#c9d1d6")
QUIET = QColor("#9aa7af")
ACCENT = QColor("#3fb6c8")
SYNTHETIC = QColor("#ffb000")
MEASURE = QColor("#8fd3de")
MEASURE_CHOSEN = QColor("#d8f6fb")
WARNING = QColor("#e5484d")
EDGE = QColor("#20272c")
