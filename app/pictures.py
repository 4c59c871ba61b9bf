"""The views as a picture: into a file, into the clipboard, badges in the pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter

from engine.errors import RespinError
from engine.files import write_bytes

_JPEG = (".jpg", ".jpeg")
_QUALITY = 95


class Pictures:
    """Takes what `shoot` gives, so many times the size of the screen; `choose` asks where a file goes, and the size."""

    def __init__(
        self,
        shoot: Callable[[float], QImage],
        choose: Callable[[], tuple[Path, float] | None],
        say: Callable[[str], None],
        complain: Callable[[Exception], None],
    ) -> None:
        self._shoot, self._choose = shoot, choose
        self._say, self._complain = say, complain

    def save(self) -> None:
        """The views as a PNG, or as a JPEG by the name's ending: all of the file or nothing."""
        chosen = self._choose()
        if chosen is None:
            return
        path, scale = chosen
        try:
            write_bytes(path, encoded(self._shoot(scale), "jpeg" if path.suffix.lower() in _JPEG else "png"))
        except RespinError as refusal:
            self._complain(refusal)
        else:
            self._say(f"The views are saved as {path.name}.")

    def copy(self) -> None:
        """The views into the clipboard."""
        QGuiApplication.clipboard().setImage(self._shoot(1.0))
        self._say("The views are in the clipboard.")


def png(image: QImage) -> bytes:
    """The bytes of a PNG file."""
    return encoded(image, "png")


def encoded(image: QImage, kind: str) -> bytes:
    """The bytes of a file of this kind, "png" or "jpeg"."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind.encode()))
    writer.setQuality(_QUALITY if kind == "jpeg" else -1)
    writer.write(image)
    return bytes(buffer.data().data())
