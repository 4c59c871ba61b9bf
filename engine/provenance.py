"""A synthetic volume leaves the program labelled: in its header, in a header extension and in a sidecar."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine import __version__
from engine.atomic import replacing_all
from engine.errors import UnwritableOutput
from engine.files import Scan, put_nifti, stem
from engine.progress import Step, Work, finish
from engine.synthesis import Synthesis, cautions_of
from engine.volume import Array

UNITS = (
    "arbitrary; 0 and 1000 stand where the model expects the 0.5 and 99.5 percentiles of a real scan "
    "of this contrast inside the brain; background 0"
)

_BLOCK = 1 << 22
_UNWRITABLE = re.compile(r"[\ud800-\udfff]")
"""What Python makes of the bytes of a file's name that are no UTF-8; no encoding takes it."""


@dataclass(frozen=True)
class Saved:
    """Where one synthesis lies. uncertainty: its map, or None where there is none.

    path: of a file, or of the folder of a DICOM series
    """

    path: Path
    sidecar: Path
    uncertainty: Path | None

    @property
    def names(self) -> tuple[str, ...]:
        """What is new in the folder of the export; a DICOM series has its sidecar inside."""
        beside = [self.sidecar] if self.sidecar.parent == self.path.parent else []
        return tuple(path.name for path in (self.path, *beside, self.uncertainty) if path is not None)


def file_name(synthesis: Synthesis, scan: Scan, run: int = 1) -> str:
    """The name of an export: after the scan that it was made from; run: which of several of the same name."""
    return f"{export_name(synthesis, scan, run)}.nii.gz"


def export_name(synthesis: Synthesis, scan: Scan, run: int = 1, kind: str = "synth") -> str:
    """The same without an ending. kind: "synth" or "uncertainty"."""
    return f"{scan.name}_desc-{kind}_{_run(run)}{synthesis.target.suffix}"


def make_folder(directory: Path) -> None:
    """Make the folder of an export where it is not there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableOutput(f"The folder {directory} cannot be made: {error.strerror}.") from error


def saved_as(synthesis: Synthesis, scan: Scan, directory: Path, run: int = 1) -> Saved:
    """Where `save` will write."""
    path = directory / file_name(synthesis, scan, run)
    spread = directory / f"{export_name(synthesis, scan, run, 'uncertainty')}.nii.gz"
    return Saved(path, path.with_name(f"{stem(path)}.json"), None if synthesis.uncertainty is None else spread)


def save(synthesis: Synthesis, scan: Scan, directory: Path, run: int = 1) -> Saved:
    """Write a synthesis under its `file_name`, all of its files or none; replaces an earlier one.

    The volume comes last: who sees it finds everything that belongs to it.
    """
    make_folder(directory)
    saved = saved_as(synthesis, scan, directory, run)
    label, voxels = description(synthesis), _stored(synthesis.volume.data)
    text = sidecar_text(synthesis, scan)
    with replacing_all([saved.sidecar, *([saved.uncertainty] if saved.uncertainty else []), saved.path]) as streams:
        streams[0].write(text.encode())
        if synthesis.uncertainty is not None:
            spread = synthesis.uncertainty.data.astype(np.float32)
            put_nifti(streams[1], True, spread, scan, label.replace(" from", " uncertainty from"), text)
        put_nifti(streams[-1], True, voxels, scan, label, text)
    return saved


def description(synthesis: Synthesis) -> str:
    """The header's line: "SYNTHETIC T2 from T1; AI; research only"."""
    return f"SYNTHETIC {synthesis.target.label} from {synthesis.source.label}; AI; research only"


def sidecar(synthesis: Synthesis, scan: Scan) -> dict[str, Any]:
    """The BIDS-style sidecar: what this is, what it was made from, and how. No folder names: they tell who."""
    return {
        "SyntheticData": True,
        "Description": description(synthesis),
        "IntendedUse": "research only; not for diagnosis",
        "SourceModality": synthesis.source.label,
        "TargetModality": synthesis.target.label,
        "Sources": ["a DICOM series" if scan.origin and scan.origin.place.series else scan.path.name],
        "SourceSHA256": digest(scan.sources),
        "SourceIsSynthetic": scan.synthetic,
        "SkullStripped": True,
        "Units": UNITS,
        "CodeVersion": __version__,
        **_told(synthesis.record),
        "Warnings": list(dict.fromkeys((*cautions_of(synthesis.target), *scan.warnings, *synthesis.warnings))),
    }


def sidecar_text(synthesis: Synthesis, scan: Scan) -> str:
    """The same as it is written, in every form of export; what no encoding takes is a replacement character."""
    text = json.dumps(sidecar(synthesis, scan), indent=2, ensure_ascii=False) + "\n"
    return _UNWRITABLE.sub("\ufffd", text)


def _told(record: dict[str, Any]) -> dict[str, Any]:
    """A record in BIDS' spelling, whatever lies inside of it."""
    return {_camel(key): _told(value) if isinstance(value, dict) else value for key, value in record.items()}


def _camel(key: str) -> str:
    """BIDS writes its keys so: ModelHash, not model_hash."""
    return "".join(word[:1].upper() + word[1:] for word in key.split("_"))


def _stored(data: Array) -> Array:
    """Whole numbers of 16 bits where they fit; a thousand steps between black and white lose nothing seen."""
    if not np.all(np.isfinite(data)):
        raise ValueError("a synthesis holds NaN or infinity")
    limits = np.iinfo(np.int16)
    if limits.min <= data.min() and data.max() <= limits.max:
        return np.rint(data).astype(np.int16)
    return data.astype(np.float32)


def digest(paths: Sequence[Path]) -> str | None:
    """SHA-256 of files, one after the other; None where one cannot be read any more."""
    return finish(digesting(paths))


def digesting(paths: Sequence[Path]) -> Work[str | None]:
    """The same as long work."""
    total = hashlib.sha256()
    try:
        for done, path in enumerate(paths):
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    yield Step("hash", done, len(paths))
                    total.update(block)
    except OSError:
        return None
    return total.hexdigest()


def _run(run: int) -> str:
    return f"run-{run}_" if run > 1 else ""
