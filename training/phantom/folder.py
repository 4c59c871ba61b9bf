"""Patients of the phantom as a folder that every command reads: NAME/NAME_t1.nii.gz, ..., NAME_seg.nii.gz."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from isal import igzip

from engine import nifti
from engine.atomic import replacing
from engine.errors import RespinError
from engine.files import write_text
from engine.modality import Modality
from engine.presets import Grid
from engine.progress import Step, Work
from engine.volume import Array, Volume
from training.phantom.anatomy import label_maps
from training.phantom.patients import SIZE, SIZE_WITH_SKULL, Patient, Phantom
from training.subject import Subject, prepare

_LABEL = "PHANTOM simulated MRI; not a patient"
_SMALLEST = 24
_NAME = "Phantom_"

AnySubject = TypeVar("AnySubject", bound="Named")


def simulate(out: Path, labels: Path | None, count: int, seed: int, size: str, skull: bool) -> None:
    """What the command does: patients 0 to `count` - 1 into `out`; says on stderr where it stands."""
    usual = SIZE_WITH_SKULL if skull else SIZE
    maps = label_maps(labels) if labels else ()
    phantom = Phantom(maps=maps, seed=seed, size=_size(size) if size else usual, skull=skull)
    for step in write_folder(phantom, out, count):
        print(f"phantom {step.done}/{step.total}", file=sys.stderr, flush=True)


def _size(words: str) -> tuple[int, int, int]:
    sides = words.split(",")
    if len(sides) != 3 or not all(side.strip().isdigit() and int(side) >= _SMALLEST for side in sides):
        raise RespinError(f"'{words}' is no size: give three numbers of at least {_SMALLEST}, like 160,192,160.")
    return int(sides[0]), int(sides[1]), int(sides[2])


def name_of(index: int) -> str:
    """Name of patient number `index`."""
    return f"{_NAME}{index:05d}"


def is_phantom(name: str) -> bool:
    """Whether a subject of this name was simulated."""
    return name.startswith(_NAME)


class Named(Protocol):
    """Whatever belongs to one subject."""

    @property
    def name(self) -> str:
        """The subject's."""
        ...


def real_ones(subjects: Sequence[AnySubject]) -> list[AnySubject]:
    """Those that are no phantoms, or all where there are no others."""
    return [subject for subject in subjects if not is_phantom(subject.name)] or list(subjects)


def subject(phantom: Phantom, index: int, grid: Grid) -> Subject:
    """Patient number `index` on a model grid, without a file in between."""
    images = {modality: np.rint(image).astype(np.float32) for modality, image in phantom.patient(index).images.items()}
    return prepare(name_of(index), images, np.ones(3), grid)


def write_folder(phantom: Phantom, folder: Path, count: int) -> Work[list[Path]]:
    """Write patients 0 to `count` - 1; those that are there already stay. Each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for index in range(count):
        yield Step("phantom", index, count)
        place = folder / name_of(index)
        if not place.is_dir():
            _write(phantom.patient(index), place, _told(phantom, index))
        written.append(place)
    yield Step("phantom", count, count)
    return written


def _write(patient: Patient, place: Path, told: dict[str, Any]) -> None:
    scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    try:
        for modality, image in patient.images.items():
            _write_nifti(scratch / f"{place.name}_{modality.value}.nii.gz", np.rint(image).astype(np.int16), told)
        _write_nifti(scratch / f"{place.name}_seg.nii.gz", patient.segmentation, told)
        write_text(scratch / f"{place.name}.json", json.dumps(told | {"Disease": patient.disease}, indent=1) + "\n")
        scratch.chmod(0o755)
        os.replace(scratch, place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_nifti(path: Path, data: Array, told: dict[str, Any]) -> None:
    affine = np.eye(4)
    affine[:3, 3] = -(np.array(data.shape) - 1) / 2
    header = nifti.new_header(Volume(data, affine))
    with replacing(path) as stream, igzip.IGzipFile("", "wb", compresslevel=1, fileobj=stream, mtime=0) as packed:
        nifti.write(packed, data, header, _LABEL, json.dumps(told))  # pyright: ignore[reportArgumentType]


def _told(phantom: Phantom, index: int) -> dict[str, Any]:
    """What made a patient, for its files."""
    settings = asdict(phantom) | {"maps": [path.name for path in phantom.maps], "index": index}
    return {"Simulated": True, "Contrasts": [m.value for m in Modality], "Phantom": settings}
