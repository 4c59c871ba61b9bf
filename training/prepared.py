"""Subjects on the model grid, kept on disk and read crop by crop: 1,251 of them need not fit into memory.

A subject lies in a folder named by the hash of its voxels and headers, of the grid and of this file's version: data
that changed are prepared anew, data that did not are never prepared twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.files import write_text
from engine.modality import Modality
from engine.presets import Grid
from training.subject import Subject

_VERSION = 2
"""Raise it when the preparation changes."""


class StoredSubject(Subject):
    """A subject whose voxels stay on disk; each access maps them anew, so that no file stays open."""

    def __init__(self, name: str, place: Path) -> None:
        told = json.loads((place / "subject.json").read_text(encoding="utf-8"))
        levels = {Modality(m): (float(low), float(high)) for m, (low, high) in told["levels"].items()}
        # The fields of a frozen dataclass are set past its guard; images and mask are properties here.
        for key, value in {"name": name, "levels": levels, "place": place}.items():
            object.__setattr__(self, key, value)

    @property
    def images(self) -> dict[Modality, npt.NDArray[np.float16]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """By modality, (x, y, z) float16, mapped from disk."""
        return dict(zip(self.levels, self._mapped("images"), strict=True))

    @property
    def mask(self) -> npt.NDArray[np.bool_]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """(x, y, z) bool, mapped from disk."""
        return self._mapped("mask")

    @property
    def content(self) -> str:
        """The name of its folder: nothing need be read."""
        return self.place.name  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]

    def _mapped(self, part: str) -> Any:
        place: Path = self.place  # pyright: ignore[reportAttributeAccessIssue]
        return np.load(place / f"{part}.npy", mmap_mode="r")


def prepared(name: str, digests: dict[str, str], grid: Grid, store: Path, make: Callable[[], Subject]) -> Subject:
    """The subject from `store`, where `make` puts it the first time. digests: of each contrast's file."""
    key = json.dumps([_VERSION, digests, asdict(grid)], sort_keys=True)
    place = store / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not place.is_dir():
        _write(make(), place)
    return StoredSubject(name, place)


def _write(subject: Subject, place: Path) -> None:
    """All of a subject or nothing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    try:
        np.save(scratch / "images.npy", np.stack(list(subject.images.values())))
        np.save(scratch / "mask.npy", subject.mask)
        levels = {modality.value: levels for modality, levels in subject.levels.items()}
        write_text(scratch / "subject.json", json.dumps({"name": subject.name, "levels": levels}) + "\n")
        scratch.chmod(0o755)
        os.replace(scratch, place)
    except OSError:
        if not place.is_dir():  # another process of the same run may have been faster
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
