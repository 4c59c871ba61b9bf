"""NIfTI-1 and NIfTI-2: what the header says, the voxels as they are stored, and a labelled file out."""

from __future__ import annotations

import math
import struct
from contextlib import closing
from typing import Any, BinaryIO, cast

import numpy as np
from nibabel.nifti1 import Nifti1Extension, Nifti1Header
from nibabel.nifti2 import Nifti2Header

from engine.content import Content
from engine.errors import UnreadableScan, UnsupportedScan
from engine.sniff import DAMAGE, Format, Sniffed
from engine.volume import Array, Floats, Volume

DESCRIPTION_BYTES = 79
"""Room in the header's `descrip`."""

_COMMENT = 6
"""Code of a header extension that holds plain text."""
_SAME_PLACE = 0.1
"""Millimetres under which sform and qform count as the same."""
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
_TO_MM = {1: 1000.0, 3: 0.001}
"""Factor to mm by the header's unit of space: metre, micrometre (anything else is taken as mm)."""
GEOMETRY = (
    "dim", "xyzt_units", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d",
    "qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z",
)  # fmt: skip


def read(file: Sniffed) -> Content:
    """Read one volume; refuses in one sentence, before allocating, what cannot be one."""
    name = file.path.name
    try:
        with closing(file.open()) as stream:
            header = _header(stream, file.format)
            shape = _shape(name, header)
            dtype = _dtype(name, header)
            start = _start(header)
            file.check_size(start + math.prod(shape) * dtype.itemsize)
            extensions = stream.read(start - header.sizeof_hdr)
            data = _voxels(name, stream, shape, dtype)
    except DAMAGE as error:
        raise UnreadableScan(f"{name} is damaged ({error}); copy or download it again.") from error
    affine, oriented, warnings = geometry(header)
    volume = Volume(_scaled(data, header), affine, oriented)
    description = _field(header, "descrip").tobytes().rstrip(b"\0").decode("latin-1")
    return Content(volume, header, description, _comments(extensions, header.endianness), warnings)


def write(stream: BinaryIO, data: Array, header: Nifti1Header, description: str, comment: str) -> None:
    """Write voxels (i, j, k) in their dtype, with the geometry of `header` bit for bit.

    description: ASCII, at most 79 bytes; comment: a header extension of plain text
    """
    label = description.encode("ascii")
    if len(label) > DESCRIPTION_BYTES:
        raise ValueError(f"description takes {len(label)} bytes; {DESCRIPTION_BYTES} fit")
    out = type(header)()
    for name in GEOMETRY:
        out[name] = _field(header, name)
    # The fourth zoom is the TR of the source's acquisition: a synthetic volume has none.
    _field(out, "pixdim")[:4] = _field(header, "pixdim")[:4]
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


def geometry(header: Nifti1Header) -> tuple[Floats, bool, tuple[str, ...]]:
    """Voxel -> world mm by the header's own rule, whether the file says it at all, and what to warn of.

    The sform where its code is > 0, else the qform where its code is > 0, else unknown.
    """
    header, warnings = _repaired(header)
    forms: dict[str, Floats] = {}
    for form, code in (("sform", "sform_code"), ("qform", "qform_code")):
        if _field(header, code) > 0:
            affine = _affine(header, form)
            if affine is None:
                warnings.append(f"The {form} cannot be used: it is not a transform that can be inverted.")
            else:
                forms[form] = affine
    if not forms:
        warnings.append("The orientation is unknown: the header says neither sform nor qform.")
        return _in_mm(header, header.get_base_affine()), False, tuple(warnings)
    if len(forms) == 2:
        warnings += _disagreement(header, forms["sform"], forms["qform"])
    return next(iter(forms.values())), True, tuple(warnings)


def _header(stream: BinaryIO, kind: Format) -> Nifti1Header:
    """The header as it stands in the file: nothing checked, nothing mended."""
    made = Nifti2Header if kind is Format.NIFTI2 else Nifti1Header
    return made(stream.read(made.sizeof_hdr), check=False)


def _shape(name: str, header: Nifti1Header) -> tuple[int, int, int]:
    """(i, j, k); dimensions of size 1 after the third are dropped."""
    dim = [int(side) for side in _field(header, "dim")]
    if not 1 <= dim[0] <= 7 or any(side < 1 for side in dim[1 : dim[0] + 1]):
        raise UnreadableScan(f"{name} has a damaged header: its dimensions read {dim}.")
    if dim[0] < 3:
        raise UnsupportedScan(f"{name} has {dim[0]} dimensions; expected 3: give the whole volume.")
    if (frames := math.prod(dim[4 : dim[0] + 1])) > 1:
        raise UnsupportedScan(f"{name} has {dim[0]} dimensions with {frames} frames; expected 3: extract one frame.")
    return dim[1], dim[2], dim[3]


def _dtype(name: str, header: Nifti1Header) -> np.dtype[Any]:
    code = int(_field(header, "datatype"))
    try:
        dtype = np.dtype(header.get_data_dtype())
    except KeyError:
        raise UnreadableScan(f"{name} has a damaged header: data type {code} does not exist.") from None
    if code in _REFUSED:
        raise UnsupportedScan(f"{name} holds voxels {_REFUSED[code]}; Respin works on plain intensities.")
    return dtype


def _start(header: Nifti1Header) -> int:
    """Where the voxels begin."""
    offset = float(_field(header, "vox_offset"))
    least = header.sizeof_hdr + 4
    return int(offset) if math.isfinite(offset) and offset > least else least


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


def _scaled(data: Array, header: Nifti1Header) -> Array:
    """The intensities that the stored numbers mean: as they are, or float32 where the header scales them."""
    slope, inter = float(_field(header, "scl_slope")), float(_field(header, "scl_inter"))
    if not math.isfinite(slope) or slope == 0 or not math.isfinite(inter) or (slope, inter) == (1, 0):
        return data
    scaled = data.astype(np.float32, order="K")
    scaled *= np.float32(slope)
    scaled += np.float32(inter)
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


def _repaired(header: Nifti1Header) -> tuple[Nifti1Header, list[str]]:
    """A copy whose voxel sizes can be used, and what had to be mended."""
    header = header.copy()
    warnings: list[str] = []
    zooms = _field(header, "pixdim")[1:4]
    if not np.all(np.isfinite(zooms) & (zooms > 0)):
        said = " x ".join(f"{zoom:g}" for zoom in zooms)
        warnings.append(f"The header's voxel size ({said}) is not positive; its magnitude, or 1 for 0, is used.")
        zooms = np.where(np.isfinite(zooms), np.abs(zooms), 0)
        header["pixdim"][1:4] = np.where(zooms == 0, 1, zooms)
    if _field(header, "pixdim")[0] not in (-1, 1):
        header["pixdim"][0] = 1  # the standard's own rule for a qfac of 0
    return header, warnings


def _affine(header: Nifti1Header, form: str) -> Floats | None:
    """One of the two transforms in mm; None where it is no transform."""
    try:
        affine = cast(Floats, header.get_sform() if form == "sform" else header.get_qform())
    except ValueError:  # a quaternion longer than 1
        return None
    affine = _in_mm(header, affine)
    turned = affine[:3, :3] / np.maximum(np.linalg.norm(affine[:3, :3], axis=0), 1e-30)
    return affine if np.all(np.isfinite(affine)) and abs(np.linalg.det(turned)) > 1e-6 else None


def _in_mm(header: Nifti1Header, affine: Floats) -> Floats:
    factor = _TO_MM.get(int(_field(header, "xyzt_units")) % 8, 1.0)
    return np.diag([factor, factor, factor, 1.0]) @ affine if factor != 1 else affine


def _disagreement(header: Nifti1Header, sform: Floats, qform: Floats) -> list[str]:
    """By how many mm the two transforms differ at the worst corner, where that is worth a word."""
    sides = _field(header, "dim")[1:4]
    corners = np.stack(np.meshgrid(*[(0, side - 1) for side in sides], indexing="ij"), -1).reshape(-1, 3)
    apart = (corners @ (sform - qform)[:3, :3].T) + (sform - qform)[:3, 3]
    worst = float(np.linalg.norm(apart, axis=1).max())
    if worst < _SAME_PLACE:
        return []
    return [f"The sform and the qform differ by {worst:.1f} mm at the worst corner; the sform is used."]


def _field(header: Nifti1Header, name: str) -> Any:
    """A raw field of the header (nibabel does not type them)."""
    return cast(Any, header)[name]
