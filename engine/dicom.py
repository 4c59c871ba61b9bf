"""One DICOM series in a zip file. pydicom reads what the slices say, SimpleITK their voxels."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from engine.content import Content
from engine.errors import UnreadableScan, UnsupportedScan
from engine.foreign import affine_of
from engine.sniff import Sniffed
from engine.volume import Array, Floats, Volume

_UNEVEN = 0.02
"""Difference between steps from slice to slice, in parts of a step, above which a slice is missing."""


def read_zip(file: Sniffed) -> Content:
    """The one series in a zip file; refuses in one sentence several, a gap between slices, and anything else."""
    with TemporaryDirectory(prefix="respin-") as folder:
        try:
            _unpack(file, Path(folder))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise UnreadableScan(f"{file.path.name} is damaged ({error}); copy or download it again.") from error
        return _read_series(file.path.name, Path(folder))


def _unpack(file: Sniffed, folder: Path) -> None:
    """Every file of the zip, numbered: the names in it lead nowhere else, and may tell who it is."""
    with zipfile.ZipFile(file.path) as packed:
        members = [item for item in packed.infolist() if not item.is_dir()]
        if sum(item.file_size for item in members) > 2**33:
            raise UnsupportedScan(f"{file.path.name} unpacks to more than 8 GB; give one series of it.")
        for number, item in enumerate(members):
            with packed.open(item) as source, (folder / f"{number:06}.dcm").open("wb") as target:
                shutil.copyfileobj(source, target)


def _read_series(name: str, folder: Path) -> Content:
    import SimpleITK

    itk: Any = SimpleITK
    found = itk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if len(found) != 1:
        held = f"{len(found)} DICOM series; give one of them" if found else "no DICOM series"
        raise UnsupportedScan(f"{name} holds {held}.")
    paths = itk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), found[0])
    slices = [_header(path) for path in paths]
    _check(name, slices)
    reader = itk.ImageSeriesReader()
    reader.SetFileNames(paths)
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise UnsupportedScan(
            f"{name} holds pixels in a form that cannot be decoded; convert it with dcm2niix."
        ) from error
    data: Array = itk.GetArrayFromImage(image).transpose()
    told = [str(slices[0].get(tag, "")) for tag in ("SeriesDescription", "ProtocolName")]
    return Content(Volume(data, affine_of(image)), names=tuple(told), synthetic=_synthetic(slices[0]))


def _header(path: str) -> Any:
    import pydicom

    return pydicom.dcmread(path, stop_before_pixels=True)


def _check(name: str, slices: list[Any]) -> None:
    """Refuse what is no straight stack of evenly spaced, grey slices."""
    if len(slices) < 2 or any("ImagePositionPatient" not in one for one in slices):
        raise UnsupportedScan(f"{name} is no series of slices; convert it with dcm2niix and give the .nii.gz.")
    if int(slices[0].get("SamplesPerPixel", 1)) != 1:
        raise UnsupportedScan(f"{name} holds colours, not intensities; Respin works on plain intensities.")
    places: Floats = np.array([one.ImagePositionPatient for one in slices], float)
    steps = np.diff(places, axis=0)
    sizes = np.linalg.norm(steps, axis=1)
    step = float(np.median(sizes))
    if step == 0 or np.abs(sizes - step).max() > _UNEVEN * step:
        raise UnsupportedScan(
            f"{name} has slices {sizes.min():.2f} to {sizes.max():.2f} mm apart: some are missing or doubled."
        )
    along, across = np.array(slices[0].ImageOrientationPatient, float).reshape(2, 3)
    if np.abs(steps @ np.cross(along, across)).min() < (1 - _UNEVEN) * step:
        raise UnsupportedScan(f"{name} is a tilted stack of slices; convert it with dcm2niix.")


def _synthetic(header: Any) -> bool:
    """Whether a series calls itself synthetic, derived or research content."""
    return (
        header.get("SyntheticData") == "YES"
        or "DERIVED" in (header.get("ImageType") or ())
        or header.get("ContentQualification") == "RESEARCH"
    )
