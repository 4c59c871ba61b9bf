"""The voxels of a DICOM series: plain ones through pydicom, compressed ones through SimpleITK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from engine.content import Content
from engine.dicom_series import BROKEN_ZIP, LARGEST, Series
from engine.dicom_slices import Cut, File, damage, opened, parsed
from engine.errors import UnreadableScan, UnsupportedScan
from engine.volume import Array, Volume

_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99")
_RUN_LENGTH = "1.2.840.10008.1.2.5"
_PIXELS = [
    "SOPClassUID", "SOPInstanceUID", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel",
    "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PixelData", "FloatPixelData", "DoubleFloatPixelData",
]  # fmt: skip
"""What decoding asks for. No name, no date: compressed pictures pass through a file that a crash would leave behind."""


def read(series: Series, frame: int = 0) -> Content:
    """One frame of a series; refuses in one sentence what is no stack or cannot be decoded."""
    if series.stack is None:
        raise UnsupportedScan(series.refusal or f"{series.origin.name} is no series of slices.")
    stack = series.stack
    chosen = stack.frames[frame]
    header = chosen[0].header
    return Content(
        Volume(_voxels(series, chosen), stack.affine),
        warnings=(*_of_machine(header), *stack.warnings),
        names=(series.description,),
        synthetic=_synthetic(header),
        modality=series.modality,
        acquired=series.acquired,
        frames=len(stack.frames),
        space=str(header.get("FrameOfReferenceUID") or ""),
    )


def _voxels(series: Series, chosen: Sequence[Cut]) -> Array:
    """(i, j, k) intensities. Room for all slices is taken when the first of them has proved its size."""
    if size(series) > LARGEST:
        needed = size(series) / 1e9
        raise UnsupportedScan(f"{series.origin.name} needs {needed:.0f} GB of memory; Respin reads up to 8 GB.")
    data: Array | None = None
    for k, picture in enumerate(_pictures(series, chosen)):
        if picture.shape != series.shape[1::-1]:
            raise UnreadableScan(f"{series.origin.name} is damaged (slice {k + 1} has another size); copy it again.")
        if data is None:
            fractions = picture.dtype.kind == "f"  # FloatPixelData: what is kept of a header does not tell
            data = np.empty(series.shape, np.float32 if fractions else _dtype(chosen), order="F")
        data[:, :, k] = picture.T
    if data is None:
        raise UnreadableScan(f"{series.origin.name} is damaged (it has no slices); copy it again.")
    return data


def _of_machine(header: dict[str, Any]) -> tuple[str, ...]:
    """A word about images that no MR scanner made."""
    machine = header["Modality"] or "MR"
    return () if machine == "MR" else (f"The series says it is {machine}, not MR; the models know MR alone.",)


def size(series: Series) -> int:
    """Bytes of the voxels of one frame."""
    chosen = series.stack.frames[0] if series.stack else series.cuts
    return int(np.prod(series.shape)) * _dtype(chosen).itemsize


def sources(series: Series, frame: int) -> tuple[Path, ...]:
    """The files of one frame: of a zip the zip."""
    chosen = series.stack.frames[frame] if series.stack else series.cuts
    files = dict.fromkeys(cut.file for cut in chosen)
    return tuple(file for file in files if isinstance(file, Path)) or (series.origin,)


def _dtype(chosen: Sequence[Cut]) -> np.dtype[Any]:
    """As the slices are stored, where all agree and nothing is scaled; else float32."""
    stored = {(cut.header["PixelRepresentation"], cut.header["BitsAllocated"]) for cut in chosen}
    signed, bits = next(iter(stored))
    if len(stored) > 1 or bits not in (8, 16, 32) or any(cut.scale != (1.0, 0.0) for cut in chosen):
        return np.dtype(np.float32)
    return np.dtype(f"{'i' if signed else 'u'}{bits // 8}")


def _pictures(series: Series, chosen: Sequence[Cut]) -> Iterator[Array]:
    """(rows, columns) intensities of each slice; a file of many pictures is decoded once."""
    last: File | None = None
    pictures: Array = np.empty(0)
    for cut in chosen:
        if cut.file is not last:
            last, pictures = cut.file, _decoded(series.origin.name, cut)
        if cut.frame >= len(pictures):
            told = f"it describes picture {cut.frame + 1} and holds {len(pictures)}"
            raise UnreadableScan(f"{series.origin.name} is damaged ({told}); copy or export it again.")
        slope, intercept = cut.scale
        picture = pictures[cut.frame]
        yield picture if cut.scale == (1.0, 0.0) else picture.astype(np.float32) * slope + intercept


def _decoded(name: str, cut: Cut) -> Array:
    """(frames, rows, columns) numbers as stored."""
    try:
        with opened(cut.file) as stream:
            header = parsed(stream, specific_tags=_PIXELS)
        syntax = str(header.file_meta.get("TransferSyntaxUID", ""))
        if syntax in (*_PLAIN, _RUN_LENGTH):
            pictures: Array = header.pixel_array
            return pictures.reshape(-1, header.Rows, header.Columns)
    except (*BROKEN_ZIP, *damage()) as error:
        raise UnreadableScan(f"{name} is damaged (a slice cannot be read); copy it again.") from error
    return _unpacked(name, cut.file, header)


def _unpacked(name: str, file: File, header: Any) -> Array:
    """The same of compressed pictures. SimpleITK would scale them, but the header here does not say how."""
    import SimpleITK

    itk: Any = SimpleITK
    with TemporaryDirectory(prefix="respin-") as folder:
        plain = Path(folder) / "slice.dcm"
        try:
            header.save_as(plain)
            array: Array = itk.GetArrayFromImage(itk.ReadImage(str(plain)))
            return array.reshape(-1, header.Rows, header.Columns)
        except (RuntimeError, *damage()) as error:
            told = getattr(header.file_meta.get("TransferSyntaxUID"), "name", "")
            kind = told if told and told.isprintable() else "unknown"
            raise UnsupportedScan(
                f"{name} holds pixels in a form that cannot be decoded ({kind}); convert it with dcm2niix."
            ) from error


def _synthetic(header: dict[str, Any]) -> bool:
    """Whether a series calls itself synthetic, derived or research content."""
    return (
        header.get("SyntheticData") == "YES"
        or "DERIVED" in header["ImageType"]
        or header.get("ContentQualification") == "RESEARCH"
    )
