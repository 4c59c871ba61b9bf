"""A result leaves the program in one of two forms."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from itertools import count
from os.path import exists
from pathlib import Path

from engine.files import Scan
from engine.progress import Work
from engine.provenance import Saved, save, saved_as
from engine.synthesis import Synthesis


class Kind(Enum):
    """The forms. The value is the word on the command line."""

    NIFTI = "nifti"
    DICOM = "dicom"

    @property
    def label(self) -> str:
        """The name that a reader sees."""
        return {Kind.NIFTI: "NIfTI", Kind.DICOM: "DICOM"}[self]


def check(kind: Kind, scan: Scan) -> None:
    """Refuse in one sentence, before any work, where nothing of this kind can be made from a scan."""
    if kind is Kind.DICOM:
        from engine.dicom_export import source_slices

        source_slices(scan)


def planned(
    kind: Kind, synthesis: Synthesis, scan: Scan, directory: Path, run: int = 1, claimed: Collection[str] = ()
) -> tuple[str, ...]:
    """What `export` will write into the directory, by name: files, or folders of the first run that is free.

    claimed: names that exports before this one will have taken
    """
    if kind is Kind.NIFTI:
        return saved_as(synthesis, scan, directory, run).names
    from engine.dicom_export import series_names

    runs = (tuple(series_names(synthesis, scan, turn)) for turn in count(run))
    return next(names for names in runs if not any(name in claimed or exists(directory / name) for name in names))


def export(kind: Kind, synthesis: Synthesis, scan: Scan, directory: Path, run: int = 1) -> Work[Saved]:
    """Write a synthesis with its sidecar: NIfTI takes the place of an earlier one, DICOM never does."""
    if kind is Kind.NIFTI:
        return save(synthesis, scan, directory, run)
    from engine.dicom_export import save_series

    return (yield from save_series(synthesis, scan, directory, run))
