"""Nothing is ever half-written: temporary files beside the targets, fsync, rename."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from engine.errors import UnwritableOutput

try:
    import fcntl
except ImportError:  # Windows: an open file cannot be removed or replaced there, which serves the same end
    fcntl = None

SETTLED = 60.0
"""Seconds after which a temporary file that nobody holds is nobody's: a writer holds its own from the start on."""


@contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """A stream whose bytes take the place of `path` at the end of the block, all or none of them.

    UnwritableOutput where the place cannot take them. A kill in between leaves the old file as it was.
    """
    with replacing_all([path]) as (stream,):
        yield stream


@contextmanager
def replacing_all(paths: Sequence[Path]) -> Generator[tuple[BinaryIO, ...]]:
    """The same for files of one folder that belong together: none takes its place before all are on the disk.

    Who else writes here waits for the moment in which the names change, so that two sets never mix.
    """
    folder = paths[0].parent
    beside = [path.with_name(f".{path.name}.{secrets.token_hex(4)}.part") for path in paths]
    at = paths[0]
    try:
        with ExitStack() as opened:
            streams: list[BinaryIO] = []
            for at, part in zip(paths, beside, strict=True):
                _sweep(at)
                streams.append(opened.enter_context(part.open("xb")))
                hold(streams[-1].fileno())
            yield tuple(streams)
            for stream in streams:
                stream.flush()
                os.fsync(stream.fileno())
        with _turn(folder), ExitStack() as kept:
            for at in paths if len(paths) > 1 else ():  # one name alone changes at once or not at all
                kept.enter_context(_coming_back(at))
            for at, part in zip(paths, beside, strict=True):
                os.replace(part, at)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnwritableOutput(f"{at.name} cannot be written into {folder}: {reason}.") from error
    finally:
        for part in beside:
            _remove(part)


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`, all of it or nothing."""
    with replacing(path) as stream:
        stream.write(data)


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` in UTF-8, all of it or nothing."""
    write_bytes(path, text.encode())


@contextmanager
def _turn(folder: Path) -> Generator[None]:
    """The names of a folder change in here; that survives a loss of power where the system can do it.

    Windows opens no folders.
    """
    if os.name == "nt":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        hold(handle, wait=True)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _coming_back(path: Path) -> Generator[None]:
    """Where the block fails, what stood at `path` stands there again, and what did not is gone.

    It never leaves its place before: a second name keeps it. A kill in between leaves that name, hidden, and the next
    writer, whose turn it is alone, removes it.
    """
    old = path.with_name(f".{path.name}.old.part")
    old.unlink(missing_ok=True)
    stood = _kept(path, old)
    try:
        yield
    except BaseException:
        if stood:
            os.replace(old, path)  # where even that fails, the old file is left under its second name
        else:
            path.unlink(missing_ok=True)
        _remove(old)
        raise
    _remove(old)


def _kept(path: Path, old: Path) -> bool:
    """Give what stands at `path` a second name; whether anything does."""
    try:
        os.link(path, old)
    except FileNotFoundError:
        return False
    except OSError:  # a disk without hard links
        try:
            shutil.copyfile(path, old)  # its mode may not be ours to set
        except BaseException:
            _remove(old)
            raise
    return True


def _remove(part: Path) -> None:
    with suppress(OSError):  # a folder that lets nothing be removed is told above; the rest is harmless
        part.unlink(missing_ok=True)


def hold(handle: int, wait: bool = False) -> bool:
    """Whether this process alone holds an open file or folder from here on, until it is closed or the process dies."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by another, or a file system without locks: there the rename alone must do
        return False
    return True


def _sweep(path: Path) -> None:
    """Remove what writers of this file left behind when they were killed."""
    left = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part")
    for part in path.parent.iterdir():
        if left.fullmatch(part.name):
            with suppress(OSError):  # another swept it first, or may remove what we may not
                if time.time() - part.stat().st_mtime > SETTLED and _free(part):
                    part.unlink()


def _free(part: Path) -> bool:
    with part.open("rb") as stream:
        return hold(stream.fileno())
