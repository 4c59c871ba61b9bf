"""Phantoms as DICOM: series of slices, pictures of many frames, folders and zips of them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from engine.volume import Array, Volume

LPS = np.diag([-1, -1, 1, 1])


def decimals(values: Any) -> list[str]:
    """DICOM's decimal strings hold 16 characters."""
    return [f"{value:.9f}" for value in np.ravel(values)]


def series(volume: Volume, **tags: Any) -> list[bytes]:
    """The slices of a volume, one file each."""
    tags = {"SeriesInstanceUID": str(generate_uid()), **tags}
    return [one_slice(volume, k, **tags) for k in range(volume.shape[2])]


def one_slice(volume: Volume, k: int, **tags: Any) -> bytes:
    """Slice k as a DICOM file: i runs along a row, LPS."""
    data = _header(volume, MRImageStorage)
    data.InstanceNumber = k + 1
    data.ImageOrientationPatient = decimals(_directions(volume))
    data.ImagePositionPatient = decimals(_place(volume, k))
    data.PixelSpacing = decimals(volume.spacing[[1, 0]])
    data.PixelData = _pixels(volume.data[:, :, k].T)
    return _bytes(data, tags)


def enhanced(
    volume: Volume, order: Sequence[int], times: tuple[float, float, float] | None = None, **tags: Any
) -> bytes:
    """One file of many frames, stored in this order of k. times: of repetition, echo and inversion, ms."""
    data = _header(volume, EnhancedMRImageStorage)
    data.NumberOfFrames, data.InstanceNumber = len(order), 1
    measures, turned, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = decimals(volume.spacing[[1, 0]])
    turned.ImageOrientationPatient = decimals(_directions(volume))
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Items([measures]), Items([turned])
    if times:
        timing, echo, modifier = Dataset(), Dataset(), Dataset()
        timing.RepetitionTime, echo.EffectiveEchoTime, modifier.InversionTimes = times
        shared.MRTimingAndRelatedParametersSequence, shared.MREchoSequence = Items([timing]), Items([echo])
        shared.MRModifierSequence = Items([modifier])
    data.SharedFunctionalGroupsSequence = Items([shared])
    data.PerFrameFunctionalGroupsSequence = Items([_frame(volume, k) for k in order])
    data.PixelData = _pixels(np.stack([volume.data[:, :, k].T for k in order]))
    return _bytes(data, tags)


def pack(path: Path, files: Sequence[bytes], packing: int = zipfile.ZIP_STORED) -> Path:
    """A zip in which they lie in another order, beside something else."""
    with zipfile.ZipFile(path, "w", packing) as packed:
        packed.writestr("../../readme.txt", "no slice")
        for number in np.random.default_rng(0).permutation(len(files)):
            packed.writestr(f"DICOM/{number * 7919 % 1009:05}.dcm", files[number])
    return path


def lay_out(folder: Path, files: Sequence[bytes]) -> Path:
    """A folder in which they lie in another order, under names that say nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in np.random.default_rng(0).permutation(len(files)):
        (folder / f"IM_{number * 7919 % 1009:05}").write_bytes(files[number])
    return folder


def _header(volume: Volume, kind: str) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = kind
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.SeriesInstanceUID, data.StudyInstanceUID = generate_uid(), generate_uid(entropy_srcs=["study"])
    data.Modality, data.SeriesDescription = "MR", "Ax T2 FLAIR"
    data.Columns, data.Rows, _ = volume.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    return data


def _frame(volume: Volume, k: int) -> Dataset:
    position, frame = Dataset(), Dataset()
    position.ImagePositionPatient = decimals(_place(volume, k))
    frame.PlanePositionSequence = Items([position])
    return frame


def _directions(volume: Volume) -> Array:
    return ((LPS @ volume.affine)[:3, :2] / volume.spacing[:2]).T


def _place(volume: Volume, k: int) -> Array:
    lps = LPS @ volume.affine
    return lps[:3, 2] * k + lps[:3, 3]


def _pixels(picture: Array) -> bytes:
    return np.ascontiguousarray(picture, "<i2").tobytes()


def _bytes(data: Dataset, tags: dict[str, Any]) -> bytes:
    for name, value in tags.items():
        setattr(data, name, value)
    stream = BytesIO()
    data.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
