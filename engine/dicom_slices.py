"""What DICOM files say of the slices in them, one picture or many to a file; nothing is decoded here."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import Path as ZipMember

import numpy as np

from engine.volume import Floats

File = Path | ZipMember
"""A DICOM file on its own or inside a zip: nothing of a zip is unpacked."""

_PREAMBLE = 128
_DIRECTORY = "1.2.840.10008.1.3.10"
TAGS = [
    "SOPInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Modality", "SeriesNumber", "SeriesDescription",
    "ProtocolName", "ImageType", "SyntheticData", "ContentQualification", "InstanceNumber", "AcquisitionNumber",
    "TemporalPositionIdentifier", "RepetitionTime", "EchoTime", "InversionTime", "ScanningSequence",
    "ContrastBolusAgent", "EchoPulseSequence", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated",
    "PixelRepresentation", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope",
    "RescaleIntercept",
]  # fmt: skip
"""What is kept of a header: no name, no date."""

_LISTS = ("ContrastBolusAgentSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
"""What is looked into beside them."""

_ECHOES = {"SPIN": ["SE"], "GRADIENT": ["GR"], "BOTH": ["SE", "GR"]}
"""EchoPulseSequence of files of many frames in the words of ScanningSequence."""
_WHOLE = (
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "PixelRepresentation", "SeriesNumber",
    "InstanceNumber", "AcquisitionNumber",
)  # fmt: skip
"""Of these the whole numbers; 0 where nothing is said."""
_DAMAGED = (
    EOFError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, NotImplementedError, struct.error,
)  # fmt: skip
"""What Python raises over a damaged value, as soon as it is asked for."""


Groups = tuple[Any, ...]
"""Of one frame of many: its own group of values and the one that all frames share, either of them None."""


@dataclass(frozen=True, eq=False)
class Cut:
    """One slice, as its file describes it.

    frame:      which picture of the file
    series:     UID of the series; instance: UID of the picture (and frame)
    position:   (3,) mm, LPS, middle of the first voxel; None where the file does not say
    directions: (2, 3) unit vectors, LPS: along a row, along a column
    spacing:    (2,) mm along a row, along a column
    sides:      columns, rows
    scale:      slope and intercept from stored numbers to intensities
    header:     the tags that are kept, by keyword; of a frame of many its own times
    order:      what tells pictures of one place apart in time: temporal position, acquisition, number
    """

    file: File
    frame: int
    series: str
    instance: str
    position: Floats | None
    directions: Floats
    spacing: Floats
    sides: tuple[int, int]
    scale: tuple[float, float]
    order: tuple[int, int, int]
    echo: float | None
    header: dict[str, Any] = field(repr=False)


def damage() -> tuple[type[Exception], ...]:
    """What pydicom raises over a damaged file. A function, for pydicom is loaded only where a file is DICOM."""
    from pydicom.errors import BytesLengthException

    return (*_DAMAGED, BytesLengthException)


def cuts(file: File) -> list[Cut]:
    """The slices in a file; none where it is not DICOM, is damaged, or holds no picture."""
    if not is_dicom(file):
        return []
    with opened(file) as stream:
        try:
            return _cuts(file, parsed(stream, stop_before_pixels=True, specific_tags=[*TAGS, *_LISTS]))
        except damage():
            return []


def _cuts(file: File, header: Any) -> list[Cut]:
    plain = _plain(header)
    listing = header.file_meta.get("MediaStorageSOPClassUID") == _DIRECTORY
    if listing or plain["Rows"] < 1 or plain["Columns"] < 1:
        return []
    if frames := header.get("PerFrameFunctionalGroupsSequence"):
        return [_cut(file, header, plain, number, groups(header, number)) for number in range(len(frames))]
    # Without a group for each frame all lie at one place; two are enough to be refused for it.
    return [_cut(file, header, plain, number, ()) for number in range(min(max(plain["NumberOfFrames"], 1), 2))]


def groups(header: Any, frame: int) -> Groups:
    """What is said of one frame alone; nothing in a file of one picture."""
    frames = header.get("PerFrameFunctionalGroupsSequence")
    return (frames[frame], (header.get("SharedFunctionalGroupsSequence") or [None])[0]) if frames else ()


def _plain(header: Any) -> dict[str, Any]:
    """What is kept of a header, as plain values."""
    values = {tag: header.get(tag) for tag in TAGS}
    kinds = values["ImageType"] or ()
    values["ImageType"] = [kinds] if isinstance(kinds, str) else [str(kind) for kind in kinds]
    values["ScanningSequence"] = values["ScanningSequence"] or _ECHOES.get(str(values["EchoPulseSequence"]))
    if header.get("ContrastBolusAgentSequence"):
        values["ContrastBolusAgent"] = values["ContrastBolusAgent"] or "YES"
    return values | {tag: _whole(values[tag]) for tag in _WHOLE}


def opened(file: File) -> BinaryIO:
    """The bytes of a file."""
    return _Whole(file) if isinstance(file, Path) else cast(BinaryIO, file.open("rb"))


class _Whole(io.BufferedReader):
    """A file that is asked for no more bytes than it has: memory for them is taken before they are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._size = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as are asked for, or are left."""
        left = max(self._size - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left))


def parsed(stream: BinaryIO, **options: Any) -> Any:
    """A DICOM file as pydicom reads it, in silence: odd values are judged where they are used."""
    from pydicom import config, dcmread

    config.settings.reading_validation_mode = config.IGNORE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(stream, **options)


def is_dicom(file: File) -> bool:
    """Told by the mark behind the preamble, never by the name."""
    with opened(file) as stream:
        return stream.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"


def _cut(file: File, header: Any, plain: dict[str, Any], frame: int, groups: Groups) -> Cut:
    position = _numbers(value_of(header, groups, "PlanePositionSequence", "ImagePositionPatient"), 3)
    turned = _numbers(value_of(header, groups, "PlaneOrientationSequence", "ImageOrientationPatient"), 6)
    spacing = _numbers(value_of(header, groups, "PixelMeasuresSequence", "PixelSpacing"), 2)
    value = "PixelValueTransformationSequence"
    slope = _numbers(value_of(header, groups, value, "RescaleSlope"), 1)
    intercept = _numbers(value_of(header, groups, value, "RescaleIntercept"), 1)
    echo = value_of(header, groups, "MREchoSequence", "EffectiveEchoTime") or header.get("EchoTime")
    time = value_of(header, groups, "FrameContentSequence", "TemporalPositionIndex")
    if turned is None or spacing is None:
        position = None
    if groups:
        plain = plain | _times(header, groups)
    return Cut(
        file=file,
        frame=frame,
        series=str(header.get("SeriesInstanceUID", "")),
        instance=f"{header.get('SOPInstanceUID') or file}.{frame}",
        position=position,
        directions=np.eye(2, 3) if turned is None else np.reshape(turned, (2, 3)),
        spacing=np.ones(2) if spacing is None else spacing[::-1],
        sides=(plain["Columns"], plain["Rows"]),
        scale=(1.0 if slope is None else float(slope[0]), 0.0 if intercept is None else float(intercept[0])),
        order=(
            _whole(time or header.get("TemporalPositionIdentifier")),
            plain["AcquisitionNumber"],
            plain["InstanceNumber"] + frame,
        ),
        echo=None if echo is None else float(echo),
        header=plain,
    )


def _times(header: Any, groups: Groups) -> dict[str, Any]:
    """Of one frame of many what a file of one picture says in its header, in ms."""
    inversion = value_of(header, groups, "MRModifierSequence", "InversionTimes")
    return {
        "RepetitionTime": value_of(header, groups, "MRTimingAndRelatedParametersSequence", "RepetitionTime"),
        "InversionTime": value_of(header, groups, "", "InversionTime") if inversion is None else np.ravel(inversion)[0],
    }


def value_of(header: Any, groups: Groups, sequence: str, name: str) -> Any:
    """A value from the frame's own group, else from the shared one, else from the file."""
    for group in groups:
        items = group.get(sequence) if group is not None else None
        if items and items[0].get(name) is not None:
            return items[0].get(name)
    return header.get(name)


def _numbers(value: Any, count: int) -> Floats | None:
    """So many finite numbers, or None."""
    try:
        numbers = np.atleast_1d(np.array(value, float))
    except (TypeError, ValueError):
        return None
    return numbers if numbers.shape == (count,) and np.all(np.isfinite(numbers)) else None


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
