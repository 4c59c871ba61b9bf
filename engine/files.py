"""Scans in, labelled volumes out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from isal import igzip
from nibabel.nifti1 import Nifti1Header

from engine import dicom, foreign, nifti
from engine.acquisition import Acquisition, modality_of
from engine.atomic import replacing, write_bytes, write_text
from engine.content import Content, Extent
from engine.dicom_series import Series
from engine.errors import UnsupportedScan
from engine.finding import Place, find, only, split
from engine.modality import Modality, recognise
from engine.names import ENDINGS, stem
from engine.progress import finish
from engine.sniff import Format, Sniffed, sniff
from engine.volume import Array, Floats, Volume

__all__ = [
    "ENDINGS",
    "Origin",
    "Place",
    "Scan",
    "Series",
    "extent",
    "find",
    "put_nifti",
    "read",
    "read_place",
    "stem",
    "with_qform",
    "write_bytes",
    "write_nifti",
    "write_text",
]  # fmt: skip

_MS = 1000.0
"""Milliseconds in the unit of time of a sidecar."""
_SIDECAR_BYTES = 1 << 20
SIDECAR = "synthesis.json"
"""The sidecar's name inside the folder of an exported DICOM series."""
_OUR_NAMES = ("_desc-synth_", "_desc-uncertainty_")
_LABEL = re.compile(r"SYNTHETIC (\w+)")
_READERS = {Format.MGH: foreign, Format.NRRD: foreign, Format.METAIMAGE: foreign}
"""Which module has the `extent` and the `read` of a format; of all others it is `nifti`."""


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a scan comes from, and what else there is.

    sources:       the files that hold it: of a folder its slices, of a pair both halves
    frame, frames: which volume of how many, counted from 0
    other:         (4, 4) voxel index -> world mm by the transform that is not used, where two disagree
    space:         what identifies the scanner's coordinate system ("" where nothing does)
    """

    place: Place
    sources: tuple[Path, ...]
    frame: int = 0
    frames: int = 1
    other: Floats | None = None
    space: str = ""

    @property
    def name(self) -> str:
        """The file's or folder's, with what tells this scan from others in it."""
        series = self.place.series
        name = stem(self.place.path)
        if series is not None and series.among > 1:
            name += f"_{series.number}" + "".join(f"_{word}" for word in re.findall(r"\w+", series.description))
        return f"{name}_frame-{self.frame}" if self.frames > 1 else name


@dataclass(frozen=True, eq=False)
class Scan:
    """A volume that came from a file.

    format:    "NIfTI-1", "NIfTI-2", ...
    modality:  as recognised from names and sidecar; the reader may know better (`dataclasses.replace`)
    synthetic: found in the header's description, a header extension, the sidecar or the name
    header:    what `write_nifti` needs to copy sform, qform and their codes bit for bit
    origin:    where in the file it comes from; None for what was made here
    made_from: SHA-256 of the files that a synthetic scan says it was made from; "" where nothing is said
    recognised: the modality as it was recognised, whatever the reader says since
    acquired:  the modality that the times of the acquisition make; None where they are not told
    """

    volume: Volume
    path: Path
    format: str
    modality: Modality | None
    synthetic: bool
    warnings: tuple[str, ...]
    header: Any
    origin: Origin | None = None
    made_from: str = ""
    recognised: Modality | None = None
    acquired: Modality | None = None

    @property
    def name(self) -> str:
        """A short name for lists, and the beginning of the names of what is made from it."""
        return self.origin.name if self.origin else stem(self.path)

    @property
    def dtype(self) -> str:
        """How the file stores a voxel ("int16"); the volume's own type differs where the header scales."""
        if isinstance(self.header, Nifti1Header):
            return np.dtype(self.header.get_data_dtype()).name
        return self.volume.data.dtype.name

    @property
    def from_dicom(self) -> bool:
        """Whether it was read from a DICOM series: then its patient and study are known."""
        return self.origin is not None and self.origin.place.series is not None

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files whose bytes it came from."""
        return self.origin.sources if self.origin else (self.path,)


def unsaved(volume: Volume) -> Scan:
    """A volume that came from no file, as the translator takes it; there is no header that an export could copy."""
    return Scan(volume, Path("volume"), "none", None, synthetic=False, warnings=(), header=None)


@dataclass(frozen=True)
class _Claims:
    """What a file and its sidecar say of themselves."""

    synthetic: bool
    modality: Modality | None
    warnings: tuple[str, ...] = ()
    made_from: str = ""
    acquired: Modality | None = None


def read(path: str | Path, frame: int | None = None) -> Scan:
    """Read one scan; UnreadableScan or UnsupportedScan, in one sentence, where Respin cannot take it.

    path:  of a file, or of a folder, DICOM file or zip that leads to one scan; "SCAN@3" is frame 3 of it,
           or series 3 of several (then "SCAN@3@0" is its frame 0)
    frame: of a scan in four dimensions
    """
    path = Path(path)
    return read_place(only(split(path)[0], finish(find(path))), frame)


def extent(place: Place) -> Extent:
    """What the header of a place promises, before any voxel is read."""
    if place.series is not None:
        return Extent(place.series.shape, place.series.frames, dicom.size(place.series))
    file = sniff(place.path)
    return _READERS.get(file.format, nifti).extent(file)


def read_place(place: Place, frame: int | None = None) -> Scan:
    """Read what `find` has found. frame: as in `read`."""
    try:
        return _read(place, frame)
    except MemoryError as error:
        raise UnsupportedScan(f"{place.path.name} needs more memory than is free; close other programs.") from error


def _read(place: Place, frame: int | None) -> Scan:
    count = extent(place).frames
    frame = _frame(place, frame if frame is not None else place.frame, count)
    if place.series is not None:
        kind, warnings = place.series.format, ()
        content, sources = dicom.read(place.series, frame), dicom.sources(place.series, frame)
    else:
        file = sniff(place.path)
        kind, warnings = file.format.value, _misnamed(file)
        sources = (file.path, file.image.path) if file.image else (file.path,)
        content = _READERS.get(file.format, nifti).read(file, frame)
    claims = _claims(place.path, content)
    warnings += content.warnings + _doubts(content.volume.data) + claims.warnings
    origin = Origin(place, sources, frame, count, content.other, content.space)
    return Scan(
        content.volume,
        place.path,
        kind,
        claims.modality,
        claims.synthetic,
        warnings,
        content.header,
        origin,
        claims.made_from,
        recognised=claims.modality,
        acquired=claims.acquired,
    )


def _frame(place: Place, asked: int | None, count: int) -> int:
    """Which frame is meant; a refusal in one sentence where that is not said, or not there."""
    name = place.path.name
    if asked is None and count > 1:
        raise UnsupportedScan(f"{name} has 4 dimensions with {count} frames; name one of 0 to {count - 1}: {name}@0.")
    if asked is not None and asked >= count:
        raise UnsupportedScan(f"{name} has no frame {asked}; its frames are 0 to {count - 1}.")
    return asked or 0


def with_qform(scan: Scan) -> Scan:
    """The same scan lying where its qform says, for a reader who trusts that more than the sform."""
    if scan.origin is None or scan.origin.other is None:
        raise ValueError("the scan has no second transform")
    said = "The reader chose the qform where the sform says otherwise."
    warnings = tuple(said if "the sform is used" in warning else warning for warning in scan.warnings)
    origin = replace(scan.origin, other=scan.volume.affine)
    return replace(scan, volume=replace(scan.volume, affine=scan.origin.other), warnings=warnings, origin=origin)


def write_nifti(path: Path, data: Array, like: Scan, description: str, comment: str) -> None:
    """Write voxels (i, j, k) on the grid of `like`, its geometry bit for bit; all of the file or nothing.

    Stored in the dtype of `data` (float64 as float32). description: for `descrip`, at most 79 bytes of
    ASCII; comment: a header extension of plain text.
    """
    with replacing(path) as stream:
        put_nifti(stream, path.suffix == ".gz", data, like, description, comment)


def put_nifti(stream: BinaryIO, packed: bool, data: Array, like: Scan, description: str, comment: str) -> None:
    """The same into an open file."""
    if data.shape != like.volume.shape:
        raise ValueError(f"shape {data.shape} does not fit the grid {like.volume.shape}")
    header = like.header if isinstance(like.header, Nifti1Header) else nifti.new_header(like.volume)
    data = data.astype(np.float32) if data.dtype == np.float64 else data
    if not packed:
        nifti.write(stream, data, header, description, comment)
        return
    # The time and the name would make two equal results differ.
    with igzip.IGzipFile("", "wb", compresslevel=1, fileobj=stream, mtime=0) as zipped:
        nifti.write(cast(Any, zipped), data, header, description, comment)


def _claims(path: Path, content: Content) -> _Claims:
    """Whether the file calls itself synthetic (each of four marks is enough), and which contrast it has."""
    sidecar, warnings = _sidecar(path)
    label = _LABEL.match(content.description)
    provenance = (*(_told(comment) for comment in content.comments), sidecar)
    synthetic = (
        content.synthetic
        or label is not None
        or any(values.get("SyntheticData") is True for values in provenance)
        or any(name in path.name for name in _OUR_NAMES)
    )
    told = [sidecar.get(key) for key in ("Modality", "SeriesDescription", "ProtocolName")]
    names = (stem(path), *content.names, *(name for name in told if isinstance(name, str)))
    acquisition = Acquisition.of(sidecar, _MS)
    modality = content.modality or modality_of(names, acquisition)
    sources = [said for values in provenance if isinstance(said := values.get("SourceSHA256"), str)]
    made_from = sources[0] if synthetic and sources else ""
    acquired = None if synthetic else content.acquired or acquisition.modality
    return _Claims(synthetic, (recognise([label[1]]) if label else None) or modality, warnings, made_from, acquired)


def _sidecar(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the JSON file beside a scan says ({} where there is none); a warning where it is damaged."""
    beside = path / SIDECAR if path.is_dir() else path.with_name(f"{stem(path)}.json")
    try:
        if not beside.is_file() or beside.stat().st_size > _SIDECAR_BYTES:
            return {}, ()
        values = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}, ("The JSON file beside the scan cannot be read; it is left out.",)
    return (cast("dict[str, Any]", values), ()) if isinstance(values, dict) else ({}, ())


def _told(comment: str) -> dict[str, Any]:
    """What a comment in the header says, in the words of a sidecar."""
    if comment.startswith("SYNTHETIC"):
        return {"SyntheticData": True}
    try:
        values = json.loads(comment)
    except (ValueError, RecursionError):
        return {}  # somebody else's comment need not be JSON
    return cast("dict[str, Any]", values) if isinstance(values, dict) else {}


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
        what = "voxel is not a number" if bad == 1 else "voxels are not numbers"
        found.append(f"{bad:,} {what} (NaN or infinite); synthesis takes {'it' if bad == 1 else 'them'} as background.")
    elif data.min() == data.max():
        found.append(f"The image is constant: every voxel is {data.flat[0]:g}.")
    if data.dtype.kind in "iu" and data.dtype.itemsize == 8:
        found.append(f"The voxels are stored as {data.dtype.name}, which many programs cannot open.")
    if 1 in data.shape:
        found.append("This is a single slice: it can be shown, but not synthesized from.")
    return tuple(found)
