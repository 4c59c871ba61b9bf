"""The views as a picture: into a file, into the clipboard, badges in the pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter

from engine.errors import RespinError
from engine.files import write_bytes


class Pictures:
    """Takes what `shoot` gives; `choose` asks where a file goes."""

    def __init__(
        self,
        shoot: Callable[[], QImage],
        choose: Callable[[], Path | None],
        say: Callable[[str], None],
        complain: Callable[[Exception], None],
    ) -> None:
        self._shoot, self._choose = shoot, choose
        self._say, self._complain = say, complain

    def save(self) -> None:
        """The views as a PNG: all of the file or nothing."""
        path = self._choose()
        if path is None:
            return
        try:
            write_bytes(path, png(self._shoot()))
        except RespinError as refusal:
            self._complain(refusal)
        else:
            self._say(f"The views are saved as {path.name}.")

    def copy(self) -> None:
        """The views into the clipboard."""
        QGuiApplication.clipboard().setImage(self._shoot())
        self._say("The views are in the clipboard.")


def png(image: QImage) -> bytes:
    """The bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
