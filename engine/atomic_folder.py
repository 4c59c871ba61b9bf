"""Folders that appear whole or not at all: filled under a hidden name, on the disk, then renamed; never replaced."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

from engine.atomic import SETTLED, hold
from engine.errors import UnwritableOutput

_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, *([errno.EACCES] if os.name == "nt" else []))
"""What renaming a folder raises where the name is another's."""
_PART = re.compile(r"\.[0-9a-f]{8}\.folder\.part")


@contextmanager
def filling(parent: Path, folders: int) -> Generator[list[Path]]:
    """Empty folders that nobody sees before `settle` names them; those without a name vanish with the block.

    UnwritableOutput where the place cannot take them. What writers left that were killed is removed.
    """
    parts = [parent / f".{secrets.token_hex(4)}.folder.part" for _ in range(folders)]
    try:
        _sweep(parent)
        with ExitStack() as held:
            for part in parts:
                part.mkdir()
                held.enter_context(_held(part))
            yield list(parts)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnwritableOutput(f"The folder {parent} cannot be written to: {reason}.") from error
    finally:
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)  # one that was named is not there any more


def settle(parts: Sequence[Path], names: Callable[[int], Sequence[str]], run: int = 1) -> list[Path]:
    """Give filled folders the names of the first run that nobody has: all they hold is on disk before it is seen.

    names: those of a run, one for each folder; run: to begin with
    """
    for part in parts:
        for file in part.iterdir():
            with file.open("r+b") as stream:
                os.fsync(stream.fileno())
        _sync(part)
    parts = list(parts)
    for turn in count(run):
        places = [part.with_name(name) for part, name in zip(parts, names(turn), strict=True)]
        if any(place.exists() for place in places):
            continue
        try:
            for at, place in enumerate(places):
                os.rename(parts[at], place)
                parts[at] = place
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            continue  # somebody was faster by a moment
        break
    _sync(parts[0].parent)
    return parts


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where the system can (Windows opens no folders)."""
    if os.name != "nt":
        with _handle(folder) as handle:
            os.fsync(handle)


@contextmanager
def _handle(folder: Path) -> Generator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _held(part: Path) -> Generator[None]:
    """This process is at work on a folder, as others can tell."""
    if os.name == "nt":
        yield
        return
    with _handle(part) as handle:
        hold(handle)
        yield


def _sweep(parent: Path) -> None:
    """Remove what writers left behind when they were killed."""
    for part in parent.iterdir():
        if _PART.fullmatch(part.name):
            with suppress(OSError):  # another swept it first, or may remove what we may not
                if time.time() - part.stat().st_mtime > SETTLED and _free(part):
                    shutil.rmtree(part)


def _free(part: Path) -> bool:
    if os.name == "nt":
        return True
    with _handle(part) as handle:
        return hold(handle)
