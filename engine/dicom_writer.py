"""A synthetic volume as DICOM slices: the patient, the study and the place of the source, everything else its own.

What belongs to an acquisition (echo and repetition time, flip angle, field strength) is left empty or out: there was
none. The values are those of the NIfTI export.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from engine import __version__
from engine.dicom_series import BROKEN_ZIP
from engine.dicom_slices import Cut, File, damage, groups, opened, parsed, value_of
from engine.errors import UnsupportedScan
from engine.progress import Step, Work
from engine.synthesis import FULL_SCALE
from engine.volume import Array

_KNOWN_OR_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber", "PositionReferenceIndicator", "PatientPosition",
)  # fmt: skip
"""Of the source; DICOM wants them even where they are empty."""
_IF_KNOWN = (
    "IssuerOfPatientID", "OtherPatientIDs", "PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved",
    "DeidentificationMethod", "StudyDescription", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
)  # fmt: skip
_PLACE = (
    ("PlanePositionSequence", "ImagePositionPatient"),
    ("PlaneOrientationSequence", "ImageOrientationPatient"),
    ("PixelMeasuresSequence", "PixelSpacing"),
    ("PixelMeasuresSequence", "SliceThickness"),
    ("PixelMeasuresSequence", "SpacingBetweenSlices"),
    ("", "SliceLocation"),
)
"""Where a slice lies: the sequence that tells it of one frame of many, and the value."""

_LARGEST = np.iinfo(np.int16).max
_LONGEST_DERIVATION = 1024
_WHO = "Respin"


@dataclass(frozen=True)
class Label:
    """What every slice of a series says of how it was made.

    title:      the series' description, at most 64 characters of ASCII
    derivation: how it was made, in a sentence or two of ASCII
    model:      its name and hash
    number:     added to a thousand times the source's series number
    whole:      intensities are whole numbers wherever they fit; else as many steps as 16 bits have
    """

    title: str
    derivation: str
    model: str
    number: int
    whole: bool = True


def write_series(folder: Path, data: Array, cuts: Sequence[Cut], label: Label) -> Work[None]:
    """Write (i, j, k) intensities into an empty folder, one file a slice, each where its slice of the source lies."""
    stored, slope = packed(data, label.whole)
    made = None
    sources = _Sources()
    for k, cut in enumerate(cuts):
        yield Step("export", k, len(cuts))
        source = sources.header(cut)
        made = made or _series(source, label, cut)
        _fill(made, source, cut, k)
        _draw(made, stored[:, :, k], slope)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values of the source are taken over as they are
            made.save_as(folder / f"{k + 1:04}.dcm", enforce_file_format=True)


def packed(data: Array, whole: bool = True) -> tuple[Array, float]:
    """16-bit numbers and the slope from them to intensities."""
    if not np.all(np.isfinite(data)):
        raise ValueError("a synthesis holds NaN or infinity")
    largest = float(np.abs(data).max())
    if whole and largest <= _LARGEST:
        return np.rint(data).astype(np.int16), 1.0
    slope = float(f"{largest / _LARGEST:.10g}") or 1.0
    return np.rint(np.clip(data / slope, -_LARGEST, _LARGEST)).astype(np.int16), slope


class _Sources:
    """The headers of the source, read again: nothing that names a patient is kept in memory before."""

    def __init__(self) -> None:
        self._file: File | None = None
        self._header: Any = None

    def header(self, cut: Cut) -> Any:
        """Of the file that a slice came from; a file of many frames is read once."""
        if cut.file is self._file:
            return self._header
        try:
            with opened(cut.file) as stream:
                header = parsed(stream, stop_before_pixels=True)
        except (*BROKEN_ZIP, *damage()) as error:
            raise _lost() from error
        if f"{header.get('SOPInstanceUID', '')}.{cut.frame}" != cut.instance:
            raise _lost()
        if not header.get("StudyInstanceUID"):
            raise UnsupportedScan("The DICOM files of the source name no study to add a series to; export NIfTI.")
        self._file, self._header = cut.file, header
        return header


def _lost() -> UnsupportedScan:
    return UnsupportedScan(
        "The DICOM files of the source are gone or have changed since they were opened, and patient and study "
        "stand only there; export NIfTI."
    )


def _series(source: Any, label: Label, cut: Cut) -> Any:
    """What all slices have in common."""
    from pydicom import config
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

    config.settings.writing_validation_mode = config.IGNORE
    made: Any = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = MRImageStorage
    if "SpecificCharacterSet" in source:
        made.SpecificCharacterSet = source.SpecificCharacterSet
    for name in _KNOWN_OR_EMPTY:
        setattr(made, name, "")
    for name in (*_KNOWN_OR_EMPTY, *_IF_KNOWN):
        if name in source:
            made[name] = source[name]
    made.StudyInstanceUID = source.StudyInstanceUID
    made.FrameOfReferenceUID = source.get("FrameOfReferenceUID") or generate_uid()
    made.Modality, made.BodyPartExamined = "MR", "BRAIN"
    made.SeriesInstanceUID = generate_uid()
    made.SeriesNumber = 1000 * cut.header["SeriesNumber"] + label.number
    _date(made)
    _name(made, source, label)
    # A sequence that was never run: the standard wants a word here, and calls this one research.
    made.ScanningSequence, made.SequenceVariant, made.ScanOptions, made.MRAcquisitionType = "RM", "NONE", "", ""
    made.RepetitionTime = made.EchoTime = made.EchoTrainLength = None
    return made


def _date(made: Any) -> None:
    now = datetime.now()
    made.SeriesDate = made.ContentDate = made.InstanceCreationDate = now.strftime("%Y%m%d")
    made.SeriesTime = made.ContentTime = made.InstanceCreationTime = now.strftime("%H%M%S")


def _name(made: Any, source: Any, label: Label) -> None:
    """Synthetic in every field that a program or a reader may look at."""
    made.SyntheticData, made.ContentQualification = "YES", "RESEARCH"
    made.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    made.SeriesDescription = label.title[:64]
    made.ImageComments = f"{label.title}. Not for diagnosis."
    made.DerivationDescription = label.derivation[:_LONGEST_DERIVATION]
    made.BurnedInAnnotation = "NO"
    made.Manufacturer = made.ManufacturerModelName = _WHO
    made.SoftwareVersions = __version__
    equipment = [_equipment("109100", "Synthesizing Equipment", _WHO, label.model, __version__)]
    if scanner := str(source.get("Manufacturer") or ""):
        model, software = source.get("ManufacturerModelName"), source.get("SoftwareVersions")
        equipment.append(_equipment("109101", "Acquisition Equipment", scanner, model, software))
    made.ContributingEquipmentSequence = equipment


def _equipment(code: str, meaning: str, manufacturer: str, model: Any, software: Any) -> Any:
    from pydicom.dataset import Dataset

    item: Any = Dataset()
    item.Manufacturer = manufacturer
    if model:
        item.ManufacturerModelName = model
    if software:
        item.SoftwareVersions = software
    item.PurposeOfReferenceCodeSequence = [_code(code, meaning)]
    return item


def _code(value: str, meaning: str) -> Any:
    from pydicom.dataset import Dataset

    code: Any = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code


def _fill(made: Any, source: Any, cut: Cut, k: int) -> None:
    """What one slice says of itself: its place, and the slice that it was made from."""
    from pydicom.dataset import Dataset
    from pydicom.uid import generate_uid

    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = generate_uid()
    made.InstanceNumber = k + 1
    for sequence, name in _PLACE:
        setattr(made, name, value_of(source, groups(source, cut.frame), sequence, name))
        if made[name].is_empty and name != "SliceThickness":
            delattr(made, name)
    origin: Any = Dataset()
    origin.ReferencedSOPClassUID, origin.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    if "PerFrameFunctionalGroupsSequence" in source:
        origin.ReferencedFrameNumber = cut.frame + 1
    origin.SpatialLocationsPreserved = "YES"
    origin.PurposeOfReferenceCodeSequence = [_code("121322", "Source image for image processing operation")]
    made.SourceImageSequence = [origin]


def _draw(made: Any, picture: Array, slope: float) -> None:
    """(i, j) numbers as stored; i runs along a row."""
    made.Columns, made.Rows = picture.shape
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation = 15, 1
    if slope == 1:
        made.WindowCenter, made.WindowWidth = round(FULL_SCALE / 2), round(FULL_SCALE)
    else:
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = f"{slope:.10g}", "0", "US"
    made.PixelData = np.ascontiguousarray(picture.T, "<i2").tobytes()
