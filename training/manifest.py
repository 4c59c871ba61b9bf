"""Who trains, who validates, who tests: decided by name alone, written down, and proof against leakage.

A split belongs to a person, so all visits of one lie on one side. The same image under two names is found by the
hash of its voxels, whatever the compression or the header.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from isal import igzip

from engine.errors import RespinError
from engine.files import write_text
from training.layouts import Contrasts, find_subjects, person

Split = Literal["train", "validation", "test"]

VALIDATION = ("Brats18_TCIA13_623_1", "Brats18_CBICA_ALU_1", "OMS-26")
"""Subjects never trained on, whatever folder they lie in."""

_SHARES: tuple[tuple[Split, float], ...] = (("validation", 0.1), ("test", 0.2))
"""Splits by the person's hash in [0, 1), up to these; the others train."""
_HEADER_BYTES = 352
_SHORT = 16


@dataclass(frozen=True)
class Entry:
    """One subject. files: name by contrast; sha256: the first 16 digits of the voxels' hash, by contrast;
    stamp: size and time of the files, by which an unchanged file is not read again."""

    split: Split
    files: dict[str, str]
    sha256: dict[str, str]
    stamp: dict[str, tuple[int, int]]


Manifest = dict[str, Entry]


def split_of(name: str) -> Split:
    """Where a subject belongs. It stays there however many others come or go."""
    if name in VALIDATION:
        return "validation"
    share = int(hashlib.sha256(person(name).encode()).hexdigest()[:12], 16) / 16**12
    for split, below in _SHARES:
        if share < below:
            return split
    return "train"


def splits(names: Mapping[str, Any]) -> dict[str, Split]:
    """Every subject's split: by the names of VALIDATION where the folder holds one, else by hash.

    Where chance holds nobody out of a small folder, or everybody, one person changes sides.
    """
    chosen: dict[str, Split]
    if any(name in VALIDATION for name in names):
        return {name: "validation" if name in VALIDATION else "train" for name in names}
    chosen = {name: split_of(name) for name in names}
    people = sorted({person(name) for name in names}, key=lambda who: hashlib.sha256(who.encode()).digest())
    if "validation" not in chosen.values() and len(people) > 1:
        chosen |= {name: "validation" for name in names if person(name) == people[0]}
    if "train" not in chosen.values():
        chosen |= {name: "train" for name in names if person(name) == people[-1]}
    return chosen


def held_out(folder: Path) -> list[str]:
    """The subjects of a folder that validate."""
    return [name for name, split in splits(find_subjects(folder)).items() if split == "validation"]


def take_stock(folder: Path, known: Manifest | None = None) -> Manifest:
    """The manifest of a folder of subjects; refuses leakage. known: an older one, whose splits and hashes hold."""
    found = find_subjects(folder)
    chosen = splits(found)
    known = known or {}
    manifest = {
        name: _entry(contrasts, folder, known[name].split if name in known else chosen[name], known.get(name))
        for name, contrasts in found.items()
    }
    check(manifest)
    return manifest


def check(manifest: Manifest) -> None:
    """Refuse a person in two splits, and one image under the names of two subjects."""
    sides: dict[str, tuple[str, Split]] = {}
    seen: dict[str, str] = {}
    for name, entry in manifest.items():
        other, split = sides.setdefault(person(name), (name, entry.split))
        if split != entry.split:
            raise RespinError(f"{person(name)} would be in two splits: {other} in {split}, {name} in {entry.split}.")
        for digest in entry.sha256.values():
            twin = seen.setdefault(digest, name)
            if person(twin) != person(name):
                raise RespinError(f"{twin} and {name} hold the same image under two names: remove one of them.")


def of_run(folder: Path, run: Path) -> Manifest:
    """The manifest in `run`/manifest.json, written if it is not there, brought up to date if it is.

    A subject that the run has seen keeps its split; a new one gets its own, and one that is gone is refused.
    """
    path = run / "manifest.json"
    known = load(path) if path.is_file() else None
    manifest = take_stock(folder, known)
    if known and (gone := sorted(set(known) - set(manifest))):
        raise RespinError(f"{path} knows {gone[0]}, which {folder} does not hold: give the same data, or another run.")
    run.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({name: asdict(entry) for name, entry in manifest.items()}, indent=1) + "\n")
    return manifest


def load(path: Path) -> Manifest:
    """Read a manifest back."""
    values = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Entry(v["split"], v["files"], v["sha256"], {m: (s[0], s[1]) for m, s in v["stamp"].items()})
        for name, v in values.items()
    }


def names_in(manifest: Manifest, split: Split) -> list[str]:
    """The subjects of a split."""
    return [name for name, entry in manifest.items() if entry.split == split]


def content_hash(path: Path) -> str:
    """The first 16 digits of the SHA-256 of what follows the header, uncompressed."""
    digest = hashlib.sha256()
    with _unpacked(path) as stream:
        stream.read(_HEADER_BYTES)
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:_SHORT]


def header_hash(path: Path) -> str:
    """The same of the header, which says where the voxels lie and how they are scaled."""
    with _unpacked(path) as stream:
        return hashlib.sha256(stream.read(_HEADER_BYTES)).hexdigest()[:_SHORT]


@contextmanager
def _unpacked(path: Path) -> Iterator[igzip.IGzipFile | BinaryIO]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        with igzip.IGzipFile(fileobj=raw, mode="rb") if packed else raw as stream:
            yield stream


def _entry(contrasts: Contrasts, folder: Path, split: Split, known: Entry | None) -> Entry:
    files = {modality.value: path.relative_to(folder).as_posix() for modality, path in contrasts.items()}
    stamp = {m.value: ((status := path.stat()).st_size, status.st_mtime_ns) for m, path in contrasts.items()}
    if known and known.stamp == stamp and known.files == files:
        return Entry(split, files, known.sha256, stamp)
    return Entry(split, files, {m.value: content_hash(path) for m, path in contrasts.items()}, stamp)
