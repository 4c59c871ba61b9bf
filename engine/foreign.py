"""Scans that are not NIfTI: MGH through nibabel, NRRD and MetaImage through SimpleITK."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from typing import Any, cast

import numpy as np

from engine.content import Content
from engine.errors import UnreadableScan, UnsupportedScan
from engine.sniff import DAMAGE, Format, Sniffed
from engine.volume import Array, Volume

READABLE = (Format.MGH, Format.NRRD, Format.METAIMAGE)

_GOOD_RAS = slice(28, 30)
"""Where an MGH header says whether it knows its directions."""
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read(file: Sniffed) -> Content:
    """Read one volume; refuses in one sentence what cannot be one."""
    return _read_mgh(file) if file.format is Format.MGH else _read_itk(file)


def _read_mgh(file: Sniffed) -> Content:
    from nibabel.freesurfer.mghformat import MGHHeader, MGHImage

    try:
        with closing(file.open()) as stream:
            head = stream.read(MGHHeader.template_dtype.itemsize)
        header: Any = MGHHeader(head)
        dtype = header.get_data_dtype()
        file.check_size(math.prod(header.get_data_shape()) * dtype.itemsize)
        _check_frames(file, header.get_data_shape()[3:])
        with closing(file.open()) as stream:
            image: Any = cast(Any, MGHImage).from_stream(stream)
            data = np.asarray(image.dataobj).astype(dtype.newbyteorder("="))
    except DAMAGE as error:
        raise UnreadableScan(f"{file.path.name} is damaged ({error}); copy or download it again.") from error
    except (KeyError, ValueError) as error:
        raise UnreadableScan(f"{file.path.name} has a damaged header: {error}.") from error
    oriented = head[_GOOD_RAS] == b"\0\1"  # asked of the bytes: nibabel takes its default for the truth
    warnings = () if oriented else ("The orientation is unknown: the header says no directions.",)
    return Content(Volume(data.reshape(data.shape[:3]), image.affine, oriented), warnings=warnings)


def _read_itk(file: Sniffed) -> Content:
    import SimpleITK

    itk: Any = SimpleITK
    reader = itk.ImageFileReader()
    reader.SetFileName(str(file.path))
    try:
        reader.ReadImageInformation()
        _check_frames(file, reader.GetSize()[3:])
        _check_kind(file, itk, reader)
        image = reader.Execute()
    except RuntimeError as error:
        raise UnreadableScan(
            f"{file.path.name} is damaged, or the file that it names as its data is not beside it."
        ) from error
    image = image[:, :, :, 0] if image.GetDimension() == 4 else image
    data: Array = itk.GetArrayFromImage(image).transpose()
    return Content(Volume(data, affine_of(image)))


def _check_frames(file: Sniffed, frames: Sequence[int]) -> None:
    if math.prod(int(side) for side in frames) > 1:
        raise UnsupportedScan(f"{file.path.name} has {3 + len(frames)} dimensions; expected 3: extract one frame.")


def _check_kind(file: Sniffed, itk: Any, reader: Any) -> None:
    """Refuse what is flat, or no plain intensity."""
    name = file.path.name
    if reader.GetDimension() < 3:
        raise UnsupportedScan(f"{name} has {reader.GetDimension()} dimensions; expected 3: give the whole volume.")
    if reader.GetNumberOfComponents() > 1:
        kind = itk.GetPixelIDValueAsString(reader.GetPixelID())
        raise UnsupportedScan(f"{name} holds voxels of kind '{kind}'; Respin works on plain intensities.")


def affine_of(image: Any) -> Array:
    """Voxel index -> world mm, RAS+, of an image in ITK's LPS."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return _LPS_TO_RAS @ affine
