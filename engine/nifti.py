"""NIfTI-1 and NIfTI-2: what the header says, the voxels as they are stored, and a labelled file out."""

from __future__ import annotations

import math
import struct
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

import numpy as np
from nibabel.nifti1 import Nifti1Extension, Nifti1Header
from nibabel.nifti2 import Nifti2Header

from engine.content import Content, Extent
from engine.errors import UnreadableScan, UnsupportedScan
from engine.nifti_space import Geometry, field, geometry
from engine.sniff import DAMAGE, Format, Sniffed
from engine.volume import Array, Volume

DESCRIPTION_BYTES = 79
"""Room in the header's `descrip`."""

_MOST_COMMENTS = 1 << 20
"""Bytes of header extensions that are looked at."""
_COMMENT = 6
"""Code of a header extension that holds plain text."""
_REFUSED = {
    0: "of no kind",
    1: "of single bits",
    32: "that are complex numbers (take their magnitude first)",
    128: "that are colours (RGB), not intensities",
    1536: "of 128 bits",
    1792: "that are complex numbers (take their magnitude first)",
    2048: "that are complex numbers (take their magnitude first)",
    2304: "that are colours (RGBA), not intensities",
}
GEOMETRY = (
    "xyzt_units", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d",
    "qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Promise:
    """What a header says of the voxels. start: byte where the first frame begins; comments: raw extensions."""

    header: Nifti1Header
    shape: tuple[int, int, int]
    frames: int
    dtype: np.dtype[Any]
    start: int
    comments: bytes

    @property
    def frame_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def extent(file: Sniffed) -> Extent:
    """What the header promises; refuses in one sentence what the file cannot hold, or what is no volume."""
    promise = _promise(file)
    scaled = promise.dtype if _scale(promise.header) is None else np.dtype(np.float32)
    return Extent(promise.shape, promise.frames, math.prod(promise.shape) * scaled.itemsize)


def read(file: Sniffed, frame: int = 0) -> Content:
    """Read one volume; refuses in one sentence, before allocating, what cannot be one."""
    promise = _promise(file)
    header, name = promise.header, file.voxels.path.name
    file.check_memory(promise.frame_bytes)
    try:
        with closing(file.voxels.open()) as stream:
            _skip(stream, promise.start + frame * promise.frame_bytes)
            data = _voxels(name, stream, promise.shape, promise.dtype)
    except DAMAGE as error:
        raise UnreadableScan(f"{name} is damaged ({error}); copy or download it again.") from error
    lies = geometry(header) if file.format is not Format.ANALYZE else _of_analyze(header)
    return Content(
        Volume(_scaled(data, header), lies.affine, lies.oriented),
        header,
        field(header, "descrip").tobytes().rstrip(b"\0").decode("latin-1"),
        _comments(promise.comments, header.endianness),
        lies.warnings,
        frames=promise.frames,
        other=lies.other,
    )


def _of_analyze(header: Nifti1Header) -> Geometry:
    """Voxel sizes and no more."""
    said = "The orientation is unknown: the Analyze format does not say left from right."
    known = geometry(header)
    return replace(known, warnings=(*known.warnings[:-1], said))


def _promise(file: Sniffed) -> _Promise:
    name = file.path.name
    try:
        with closing(file.open()) as stream:
            header = _header(name, stream, file.format)
            shape, frames = _shape(name, header)
            dtype = _dtype(name, header)
            start = _start(header, alone=file.image is None)
            file.voxels.check_size(start + math.prod(shape) * frames * dtype.itemsize)
            room = start - header.sizeof_hdr if file.image is None else _MOST_COMMENTS
            return _Promise(header, shape, frames, dtype, start, stream.read(min(room, _MOST_COMMENTS)))
    except DAMAGE as error:
        raise UnreadableScan(f"{name} is damaged ({error}); copy or download it again.") from error


def write(stream: BinaryIO, data: Array, header: Nifti1Header, description: str, comment: str) -> None:
    """Write voxels (i, j, k) in their dtype, with the geometry of `header` bit for bit.

    description: ASCII, at most 79 bytes; comment: a header extension of plain text
    """
    label = description.encode("ascii")
    if len(label) > DESCRIPTION_BYTES:
        raise ValueError(f"description takes {len(label)} bytes; {DESCRIPTION_BYTES} fit")
    out = type(header)()
    for name in GEOMETRY:
        out[name] = field(header, name)
    out.set_data_shape(data.shape)  # of a frame of many, too
    # The fourth zoom is the TR of the source's acquisition: a synthetic volume has none.
    field(out, "pixdim")[:4] = field(header, "pixdim")[:4]
    out["pixdim"][4:] = 0
    out.set_data_dtype(data.dtype)
    out["scl_slope"], out["scl_inter"] = 1, 0
    out["descrip"] = label
    cast(Any, out).extensions.append(Nifti1Extension(_COMMENT, comment.encode()))
    out.write_to(stream)
    for k in range(data.shape[2]):
        stream.write(data[:, :, k].astype(data.dtype.newbyteorder("=")).tobytes(order="F"))


def new_header(volume: Volume) -> Nifti1Header:
    """A header for the grid of a scan that is not NIfTI: sform from its affine, code 0 if unknown."""
    header = Nifti1Header()
    header.set_data_shape(volume.shape)
    header.set_zooms([float(side) for side in volume.spacing])
    header.set_xyzt_units("mm")
    header.set_sform(volume.affine, code=1 if volume.oriented else 0)
    return header


def _header(name: str, stream: BinaryIO, kind: Format) -> Nifti1Header:
    """The header as it stands in the file: nothing checked, nothing mended; of Analyze what NIfTI has, too."""
    made = Nifti2Header if kind is Format.NIFTI2 else Nifti1Header
    block = stream.read(made.sizeof_hdr)
    if len(block) < made.sizeof_hdr:
        raise UnreadableScan(f"{name} ends in its header; copy or download it again.")
    if kind is Format.ANALYZE:
        raw = Nifti1Header(block, check=False)
        header = Nifti1Header(endianness=raw.endianness)
        for name in ("dim", "datatype", "bitpix", "pixdim", "vox_offset", "scl_slope", "descrip"):
            header[name] = field(raw, name)
        return header
    return made(block, check=False)


def _shape(name: str, header: Nifti1Header) -> tuple[tuple[int, int, int], int]:
    """(i, j, k), and how many frames the dimensions after the third make."""
    dim = [int(side) for side in field(header, "dim")]
    if not 1 <= dim[0] <= 7 or any(side < 1 for side in dim[1 : dim[0] + 1]):
        raise UnreadableScan(f"{name} has a damaged header: its dimensions read {dim}.")
    if dim[0] < 3:
        raise UnsupportedScan(f"{name} has {dim[0]} dimensions; expected 3: give the whole volume.")
    return (dim[1], dim[2], dim[3]), math.prod(dim[4 : dim[0] + 1])


def _dtype(name: str, header: Nifti1Header) -> np.dtype[Any]:
    code = int(field(header, "datatype"))
    try:
        dtype = np.dtype(header.get_data_dtype())
    except KeyError:
        raise UnreadableScan(f"{name} has a damaged header: data type {code} does not exist.") from None
    if code in _REFUSED:
        raise UnsupportedScan(f"{name} holds voxels {_REFUSED[code]}; Respin works on plain intensities.")
    return dtype


def _start(header: Nifti1Header, alone: bool) -> int:
    """Where the voxels begin: behind the header, but in a file of their own at its start."""
    offset = float(field(header, "vox_offset"))
    least = header.sizeof_hdr + 4 if alone else 0
    return int(offset) if math.isfinite(offset) and offset > least else least


def _skip(stream: BinaryIO, count: int) -> None:
    """Go on to a byte. A file that ends before it is told when the voxels are read."""
    stream.seek(count)


def _voxels(name: str, stream: BinaryIO, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """(i, j, k) in the machine's byte order."""
    flat = np.empty(math.prod(shape), dtype)
    room = memoryview(cast(Any, flat.view(np.uint8)))
    got = 0
    while got < len(room) and (count := cast(Any, stream).readinto(room[got:])):
        got += count
    if got < len(room):
        raise UnreadableScan(
            f"{name} ends too early: {got:,} of {len(room):,} bytes of voxels are there; copy or download it again."
        )
    if not dtype.isnative:
        flat = flat.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return flat.reshape(shape, order="F")


def _scale(header: Nifti1Header) -> tuple[float, float] | None:
    """Slope and intercept from stored numbers to intensities; None where they are the same."""
    slope, inter = float(field(header, "scl_slope")), float(field(header, "scl_inter"))
    if not math.isfinite(slope) or slope == 0 or not math.isfinite(inter) or (slope, inter) == (1, 0):
        return None
    return slope, inter


def _scaled(data: Array, header: Nifti1Header) -> Array:
    """The intensities that the stored numbers mean: as they are, or float32 where the header scales them."""
    scale = _scale(header)
    if scale is None:
        return data
    scaled = data.astype(np.float32, order="K")
    scaled *= np.float32(scale[0])
    scaled += np.float32(scale[1])
    return scaled


def _comments(raw: bytes, endianness: str) -> tuple[str, ...]:
    """The extensions of plain text among the bytes between the header and the voxels."""
    found: list[str] = []
    at = 4
    while raw[:1] not in (b"", b"\0") and at + 8 <= len(raw):
        size, code = struct.unpack_from(f"{endianness}2i", raw, at)
        if size < 8 or at + size > len(raw):
            break
        if code == _COMMENT:
            found.append(raw[at + 8 : at + size].rstrip(b"\0").decode("utf-8", errors="replace"))
        at += size
    return tuple(found)
