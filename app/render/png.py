"""A picture as a file, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from engine.files import write_bytes


def write_png(image: QImage, path: Path) -> None:
    """Write a picture as PNG; UnwritableOutput where the place cannot take it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)
    write_bytes(path, bytes(buffer.data().data()))
