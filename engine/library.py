"""The models that the reader adds: taken in whole and verified, kept in the user's data folder, taken out again."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from engine.assets import own_models
from engine.bundle import FILES, Bundle, open_bundle, shelves
from engine.errors import BadBundle, UnwritableOutput
from engine.progress import Step, Work

MANIFEST = "manifest.json"
_PARTS = (MANIFEST, *FILES)
_NAME = re.compile(r"\w([\w .+-]{0,60}\w)?")
_GIB = 2**30

Open = Callable[[str], BinaryIO]
"""A stream of the part of a bundle that has this name."""


def is_bundle(path: Path) -> bool:
    """Whether this path leads to a bundle: its folder, a file in that, or a zip."""
    return path.suffix.lower() == ".zip" or any((folder / MANIFEST).is_file() for folder in (path, path.parent))


def add(path: Path) -> Work[Bundle]:
    """Copy a bundle among the reader's own models, all of it or nothing. Every hash is verified.

    path: its folder, a file in that, or a zip of it
    """
    shelf = own_models()
    with ExitStack() as opened:
        size, part = _zipped(path, opened) if path.suffix.lower() == ".zip" else _loose(path)
        try:
            shelf.mkdir(parents=True, exist_ok=True)
            if size > shutil.disk_usage(shelf).free:
                raise UnwritableOutput(f"{path.name} needs {size / _GIB:.1f} GB in {shelf}; there is less room.")
            scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=shelf, prefix=".adding-")))
        except OSError as error:
            raise UnwritableOutput(f"{shelf} cannot take a model: {error.strerror}.") from error
        for done, name in enumerate(_PARTS):
            yield Step("copy", done, len(_PARTS))
            _copy(part, name, scratch / name, path)
        bundle = open_bundle(scratch)
        _check_name(bundle)
        yield Step("verify", 0, 1)
        bundle.verify()
        return _settle(bundle, scratch)


def remove(name: str) -> None:
    """Delete one of the reader's own models; those that ship with the program stay."""
    folder = own_models() / name
    if not _NAME.fullmatch(name) or not (folder / MANIFEST).is_file():
        raise BadBundle(f"The model '{name}' was not added here, so it cannot be removed.")
    try:
        (folder / MANIFEST).unlink()  # from now on it is no model, whatever else is left of it
        shutil.rmtree(folder)
    except OSError as error:
        raise UnwritableOutput(f"The model '{name}' cannot be removed from {folder}: {error.strerror}.") from error


def is_own(bundle: Bundle) -> bool:
    """Whether the reader added it."""
    return bundle.directory.parent == own_models()


def free_name(wanted: str) -> str:
    """A name for a new model like the one wanted: letters that every system allows, and not taken."""
    plain = re.sub(r"[^\w.+-]+", "-", wanted).strip("-. ")[:40] or "model"
    taken = {folder.name for shelf in shelves() if shelf.is_dir() for folder in shelf.iterdir()}
    names = (plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _loose(path: Path) -> tuple[int, Open]:
    """Bytes and parts of a bundle in a folder."""
    folder = path if path.is_dir() else path.parent
    if missing := [name for name in _PARTS if not (folder / name).is_file()]:
        raise BadBundle(f"{folder.name} is no whole model: it lacks {', '.join(missing)}.")
    return sum((folder / name).stat().st_size for name in _PARTS), lambda name: (folder / name).open("rb")


def _zipped(path: Path, opened: ExitStack) -> tuple[int, Open]:
    """Bytes and parts of a bundle in a zip, at its top or in a folder of it."""
    try:
        archive = opened.enter_context(zipfile.ZipFile(path))
    except (OSError, zipfile.BadZipFile) as error:
        raise BadBundle(f"{path.name} cannot be read as a zip ({error}).") from error
    tops = [name.removesuffix(MANIFEST) for name in archive.namelist() if name.split("/")[-1] == MANIFEST]
    if len(tops) != 1:
        raise BadBundle(f"{path.name} holds {len(tops)} models (files {MANIFEST}); expected one.")
    present = {name: archive.getinfo(tops[0] + name) for name in _PARTS if tops[0] + name in archive.NameToInfo}
    if missing := [name for name in _PARTS if name not in present]:
        raise BadBundle(f"{path.name} is no whole model: it lacks {', '.join(missing)}.")
    return sum(part.file_size for part in present.values()), lambda name: cast("BinaryIO", archive.open(present[name]))


def _copy(part: Open, name: str, to: Path, source: Path) -> None:
    try:
        with part(name) as stream, to.open("xb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 22)
            os.fsync(copy.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadBundle(f"{name} in {source.name} cannot be unpacked ({error}).") from error
    except OSError as error:
        raise UnwritableOutput(f"{name} cannot be copied from {source.name}: {error.strerror}.") from error


def _check_name(bundle: Bundle) -> None:
    """The name becomes a folder's, and it must not stand before a model that ships with the program."""
    if not _NAME.fullmatch(bundle.name):
        raise BadBundle(f"The model calls itself {bundle.name!r}, which is no name for a folder.")
    if (shelves()[0] / bundle.name).exists():
        raise BadBundle(f"The model '{bundle.name}' ships with Respin; rename the other one in its manifest.json.")


def _settle(bundle: Bundle, scratch: Path) -> Bundle:
    """Put the verified copy under its name; the same model a second time is no news."""
    place = own_models() / bundle.name
    if (place / MANIFEST).is_file():
        there = open_bundle(place)
        if there.hash == bundle.hash:
            return there
        raise BadBundle(f"Another model '{bundle.name}' is there already; remove it first.")
    try:
        shutil.rmtree(place, ignore_errors=True)  # what a removal could not take away
        whole = scratch / "whole"
        whole.mkdir()
        for name in _PARTS:
            os.replace(scratch / name, whole / name)
        os.replace(whole, place)
    except OSError as error:
        raise UnwritableOutput(f"{place} cannot take the model: {error.strerror}.") from error
    return open_bundle(place)
