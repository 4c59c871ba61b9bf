"""Nothing is ever half-written: a temporary file beside the target, fsync, rename."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.errors import UnwritableOutput


@contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """A stream whose bytes take the place of `path` at the end of the block, all or none of them.

    UnwritableOutput where the place cannot take them. A kill in between leaves the old file as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
        _sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnwritableOutput(f"{path.name} cannot be written into {path.parent}: {reason}.") from error
    finally:
        beside.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`, all of it or nothing."""
    with replacing(path) as stream:
        stream.write(data)


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` in UTF-8, all of it or nothing."""
    write_bytes(path, text.encode())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a loss of power, where the system can (Windows opens no folders)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
