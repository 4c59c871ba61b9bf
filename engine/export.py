"""A result leaves the program in one of two forms."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from engine.files import Scan
from engine.progress import Work
from engine.provenance import Saved, export_name, file_name, save
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


def place(kind: Kind, synthesis: Synthesis, scan: Scan, run: int = 1) -> str:
    """The name of what `export` writes: a file's, or a folder's, which gets the next run where it is taken."""
    return file_name(synthesis, scan, run) if kind is Kind.NIFTI else export_name(synthesis, scan, run)


def export(kind: Kind, synthesis: Synthesis, scan: Scan, directory: Path, run: int = 1) -> Work[Saved]:
    """Write a synthesis with its sidecar: NIfTI takes the place of an earlier one, DICOM never does."""
    if kind is Kind.NIFTI:
        return save(synthesis, scan, directory, run)
    from engine.dicom_export import save_series

    return (yield from save_series(synthesis, scan, directory, run))
