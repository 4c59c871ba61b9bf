"""Scans that are not NIfTI: MGH through nibabel, NRRD and MetaImage through SimpleITK."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from engine.content import Content, Extent
from engine.errors import UnreadableScan, UnsupportedScan
from engine.nifti import new_header
from engine.nifti_space import geometry
from engine.sniff import DAMAGE, Format, Sniffed
from engine.text_header import text_header
from engine.volume import Array, Volume

_GOOD_RAS = slice(28, 30)
"""Where an MGH header says whether it knows its directions."""
_HERE = "LOCAL"
"""What a header names as its data that lies behind it, in the same file."""
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SPACES = (
    "right-anterior-superior", "ras", "left-anterior-superior", "las", "left-posterior-superior", "lps",
    "left-posterior-superior-time", "lpst",
)  # fmt: skip
"""What an NRRD header calls the patient's axes. Of those with time ITK turns none to its LPS: RAST stays unknown."""
_DIRECTIONS = ("TransformMatrix", "Rotation", "Orientation")
"""What a MetaImage header calls its directions; ITK passes AnatomicalOrientation over."""
_OF_ITK = "4"
"""Dimensions of the space that ITK writes of a volume with time, in its own LPS, and no name of it."""
_NOWHERE = "The orientation is unknown: the header does not say how the grid lies in the patient."


def extent(file: Sniffed) -> Extent:
    """What the header promises; refuses in one sentence what the file cannot hold, or what is no volume."""
    return _extent_of_mgh(file)[0] if file.format is Format.MGH else _extent_of_itk(file)[0]


def read(file: Sniffed, frame: int = 0) -> Content:
    """Read one volume; refuses in one sentence what cannot be one."""
    return _read_mgh(file, frame) if file.format is Format.MGH else _read_itk(file, frame)


def _extent_of_mgh(file: Sniffed) -> tuple[Extent, Any, bytes]:
    """The header, too, and its bytes."""
    from nibabel.freesurfer.mghformat import MGHHeader

    name = file.path.name
    try:
        with closing(file.open()) as stream:
            head = stream.read(MGHHeader.template_dtype.itemsize)
        header: Any = MGHHeader(head)
        sides = [int(side) for side in header.get_data_shape()]
        itemsize = header.get_data_dtype().itemsize
    except DAMAGE as error:
        raise UnreadableScan(f"{name} is damaged ({error}); copy or download it again.") from error
    except (KeyError, ValueError) as error:
        raise UnreadableScan(f"{name} has a damaged header: {error}.") from error
    shape, frames = _volume(sides)
    if any(side < 1 for side in sides):
        raise UnreadableScan(f"{name} has a damaged header: its dimensions read {sides}.")
    file.check_size(math.prod(sides) * itemsize)
    return Extent(shape, frames, math.prod(shape) * itemsize), header, head


def _read_mgh(file: Sniffed, frame: int) -> Content:
    from nibabel.freesurfer.mghformat import MGHImage

    found, header, head = _extent_of_mgh(file)
    file.check_memory(found.size)
    try:
        with closing(file.open()) as stream:
            image: Any = cast(Any, MGHImage).from_stream(stream)
            stored = image.dataobj[..., frame] if len(image.shape) > 3 else image.dataobj
            data = np.asarray(stored).astype(header.get_data_dtype().newbyteorder("="))
    except (*DAMAGE, ValueError) as error:
        raise UnreadableScan(f"{file.path.name} is damaged; copy or download it again.") from error
    oriented = head[_GOOD_RAS] == b"\0\1"  # asked of the bytes: nibabel takes its default for the truth
    return _content(Volume(data.reshape(found.shape), image.affine, oriented), found.frames)


def _extent_of_itk(file: Sniffed) -> tuple[Extent, dict[str, str], Any, Any]:
    """The header's fields, the module and its reader, too, which has seen the header."""
    import SimpleITK

    itk: Any = SimpleITK
    fields = text_header(file)
    reader = itk.ImageFileReader()
    reader.SetFileName(str(file.path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise _damaged(file) from error
    _check_kind(file, itk, reader)
    sides = [int(side) for side in reader.GetSize()]
    if any(side < 1 for side in sides):
        raise UnreadableScan(f"{file.path.name} has a damaged header: its dimensions read {sides}.")
    shape, frames = _volume(sides)
    itemsize = int(itk.GetPixelIDValueAsString(reader.GetPixelID()).split("-")[0]) // 8
    _check_promise(file, fields, math.prod(shape) * frames * itemsize)
    return Extent(shape, frames, math.prod(shape) * itemsize), fields, itk, reader


def _read_itk(file: Sniffed, frame: int) -> Content:
    found, fields, itk, reader = _extent_of_itk(file)
    file.check_memory(found.size)
    try:
        if reader.GetDimension() == 4:
            reader.SetExtractSize([*found.shape, 0])
            reader.SetExtractIndex([0, 0, 0, frame])
        image = reader.Execute()
    except RuntimeError as error:
        raise _damaged(file) from error
    data: Array = itk.GetArrayFromImage(image).transpose()
    return _content(Volume(data, affine_of(image), _oriented(file, fields)), found.frames)


def _oriented(file: Sniffed, fields: dict[str, str]) -> bool:
    """Whether the header says how the grid lies in the patient; where it does not, ITK takes its own LPS."""
    if file.format is Format.NRRD:
        known = fields.get("space", "").lower() in _SPACES or fields.get("space dimension") == _OF_ITK
        return known and "none" not in fields.get("space directions", "none")
    return any(name in fields for name in _DIRECTIONS)


def _content(volume: Volume, frames: int) -> Content:
    """Where nobody knows how a grid lies, it lies as a NIfTI without codes does: what is made of it is exported so."""
    if volume.oriented:
        return Content(volume, frames=frames)
    laid = replace(volume, affine=geometry(new_header(volume)).affine)
    return Content(laid, warnings=(_NOWHERE,), frames=frames)


def _check_promise(file: Sniffed, fields: dict[str, str], needed: int) -> None:
    """Refuse a header that promises more than the file of its voxels can hold."""
    named = fields.get("ElementDataFile") or fields.get("data file") or fields.get("datafile") or _HERE
    voxels = file if named.upper() == _HERE else _beside(file, named.removeprefix("./"))
    packed = fields.get("CompressedData", "").lower() == "true" or fields.get("encoding", "raw") != "raw"
    replace(voxels, compressed=packed).check_size(needed)


def _beside(file: Sniffed, named: str) -> Sniffed:
    """The file that a header names as its data. In another folder it could be anybody's."""
    if named.upper().startswith("LIST") or "%" in named:
        raise UnsupportedScan(f"{file.path.name} keeps its voxels in several files; convert it to NIfTI.")
    path = file.path.with_name(named) if named == Path(named).name else None
    try:
        size = path.stat().st_size if path is not None and path.is_file() else None
    except OSError as error:
        raise _damaged(file) from error
    if path is None or size is None:
        raise UnreadableScan(f"{file.path.name} names {named[:80]} as its data, which is not beside it.")
    return replace(file, path=path, size=size)


def _damaged(file: Sniffed) -> UnreadableScan:
    return UnreadableScan(f"{file.path.name} is damaged, or the file that it names as its data is not beside it.")


def _volume(sides: Sequence[int]) -> tuple[tuple[int, int, int], int]:
    """(i, j, k), and how many frames the dimensions after the third make."""
    i, j, k = sides[:3]
    return (i, j, k), math.prod(sides[3:])


def _check_kind(file: Sniffed, itk: Any, reader: Any) -> None:
    """Refuse what is flat, or no plain intensity."""
    name = file.path.name
    if reader.GetDimension() not in (3, 4):
        raise UnsupportedScan(f"{name} has {reader.GetDimension()} dimensions; expected 3: give the whole volume.")
    kind = itk.GetPixelIDValueAsString(reader.GetPixelID())
    if reader.GetNumberOfComponents() > 1 or "complex" in kind:
        raise UnsupportedScan(f"{name} holds voxels of kind '{kind}'; Respin works on plain intensities.")


def affine_of(image: Any) -> Array:
    """Voxel index -> world mm, RAS+, of an image in ITK's LPS."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return _LPS_TO_RAS @ affine
