"""Scans in, labelled volumes out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from isal import igzip
from nibabel.nifti1 import Nifti1Header

from engine import dicom, foreign, nifti
from engine.atomic import replacing, write_bytes, write_text
from engine.content import Content
from engine.errors import UnsupportedScan
from engine.modality import Modality, recognise
from engine.sniff import Format, Sniffed, sniff
from engine.volume import Array, Volume

__all__ = ["ENDINGS", "Scan", "read", "stem", "write_bytes", "write_nifti", "write_text"]

ENDINGS = (".nii", ".nii.gz", ".mgz", ".mgh", ".nrrd", ".nhdr", ".mha", ".mhd", ".zip")
"""Of the files that can be read, for dialogs and folders; `read` itself looks at the content."""

_ENDING = re.compile(r"(\.(nii|mgh|img|hdr|nrrd|nhdr|mha|mhd|dcm|zip))?(\.gz)?$|\.mgz$", re.IGNORECASE)
_SIDECAR_BYTES = 1 << 20
_OUR_NAMES = ("_desc-synth_", "_desc-uncertainty_")
_LABEL = re.compile(r"SYNTHETIC (\w+)")


@dataclass(frozen=True, eq=False)
class Scan:
    """A volume that came from a file.

    format:    "NIfTI-1", "NIfTI-2", ...
    modality:  as recognised from names and sidecar; the reader may know better (`dataclasses.replace`)
    synthetic: found in the header's description, a header extension, the sidecar or the name
    header:    what `write_nifti` needs to copy sform, qform and their codes bit for bit
    """

    volume: Volume
    path: Path
    format: str
    modality: Modality | None
    synthetic: bool
    warnings: tuple[str, ...]
    header: Any

    @property
    def name(self) -> str:
        """A short name for lists."""
        return stem(self.path)

    @property
    def dtype(self) -> str:
        """How the file stores a voxel ("int16"); the volume's own type differs where the header scales."""
        if isinstance(self.header, Nifti1Header):
            return np.dtype(self.header.get_data_dtype()).name
        return self.volume.data.dtype.name


@dataclass(frozen=True)
class _Claims:
    """What a file and its sidecar say of themselves. names: the most telling first."""

    synthetic: bool
    names: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def read(path: str | Path) -> Scan:
    """Read one scan; UnreadableScan or UnsupportedScan, in one sentence, where Respin cannot take it."""
    path = Path(path)
    file = sniff(path)
    content = _content(file)
    claims = _claims(path, content)
    warnings = _misnamed(file) + content.warnings + _doubts(content.volume.data) + claims.warnings
    modality = recognise(claims.names)
    return Scan(content.volume, path, file.format.value, modality, claims.synthetic, warnings, content.header)


def _content(file: Sniffed) -> Content:
    if file.format in (Format.NIFTI1, Format.NIFTI2):
        return nifti.read(file)
    if file.format in foreign.READABLE:
        return foreign.read(file)
    if file.format is Format.DICOM_ZIP:
        return dicom.read_zip(file)
    raise UnsupportedScan(
        f"{file.path.name} is one DICOM file; give its whole series as a zip file, or as NIfTI (dcm2niix)."
    )


def write_nifti(path: Path, data: Array, like: Scan, description: str, comment: str) -> None:
    """Write voxels (i, j, k) on the grid of `like`, its geometry bit for bit; all of the file or nothing.

    Stored in the dtype of `data` (float64 as float32). description: for `descrip`, at most 79 bytes of
    ASCII; comment: a header extension of plain text.
    """
    if data.shape != like.volume.shape:
        raise ValueError(f"shape {data.shape} does not fit the grid {like.volume.shape}")
    header = like.header if isinstance(like.header, Nifti1Header) else nifti.new_header(like.volume)
    data = data.astype(np.float32) if data.dtype == np.float64 else data
    with replacing(path) as stream:
        if path.suffix != ".gz":
            nifti.write(stream, data, header, description, comment)
            return
        # The time and the name would make two equal results differ.
        with igzip.IGzipFile("", "wb", compresslevel=1, fileobj=stream, mtime=0) as packed:
            nifti.write(cast(Any, packed), data, header, description, comment)


def stem(path: Path) -> str:
    """The name without its ending: "case_t1" of "case_t1.nii.gz"."""
    return _ENDING.sub("", path.name, count=1) or path.name


def _claims(path: Path, content: Content) -> _Claims:
    """Whether the file calls itself synthetic (each of four marks is enough), and what names its contrast."""
    sidecar, warnings = _sidecar(path)
    label = _LABEL.match(content.description)
    synthetic = (
        content.synthetic
        or label is not None
        or sidecar.get("SyntheticData") is True
        or any(_says_synthetic(comment) for comment in content.comments)
        or any(name in path.name for name in _OUR_NAMES)
    )
    told = [sidecar.get(key) for key in ("Modality", "SeriesDescription", "ProtocolName")]
    names = [label[1] if label else "", stem(path), *content.names, *(name for name in told if isinstance(name, str))]
    return _Claims(synthetic, tuple(names), warnings)


def _sidecar(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the JSON file beside a scan says ({} where there is none); a warning where it is damaged."""
    beside = path.with_name(f"{stem(path)}.json")
    try:
        if not beside.is_file() or beside.stat().st_size > _SIDECAR_BYTES:
            return {}, ()
        values = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}, (f"The sidecar {beside.name} cannot be read; it is left out.",)
    return (cast("dict[str, Any]", values), ()) if isinstance(values, dict) else ({}, ())


def _says_synthetic(comment: str) -> bool:
    if comment.startswith("SYNTHETIC"):
        return True
    try:
        values = json.loads(comment)
    except ValueError:
        return False  # somebody else's comment need not be JSON
    return isinstance(values, dict) and cast("dict[str, Any]", values).get("SyntheticData") is True


def _misnamed(file: Sniffed) -> tuple[str, ...]:
    named = file.path.suffix.lower() in (".gz", ".mgz")
    if named == file.compressed:
        return ()
    said, found = ("compressed", "not") if named else ("not compressed", "gzip")
    return (f"The name says {said}, the content is {found}; it is read as what it is.",)


def _doubts(data: Array) -> tuple[str, ...]:
    """What is odd about the intensities, in sentences."""
    found: list[str] = []
    bad = data.size - int(np.count_nonzero(np.isfinite(data))) if data.dtype.kind == "f" else 0
    if bad:
        found.append(f"{bad:,} voxels are not numbers (NaN or infinite); synthesis takes them as background.")
    elif data.min() == data.max():
        found.append(f"The image is constant: every voxel is {data.flat[0]:g}.")
    if data.dtype.kind in "iu" and data.dtype.itemsize == 8:
        found.append(f"The voxels are stored as {data.dtype.name}, which many programs cannot open.")
    if 1 in data.shape:
        found.append("This is a single slice: it can be shown, but not synthesized from.")
    return tuple(found)
