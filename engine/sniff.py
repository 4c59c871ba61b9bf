"""What a file really is, told by its first bytes and never by its name."""

from __future__ import annotations

import os
import struct
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, cast

from isal import igzip, isal_zlib

from engine.errors import UnreadableScan, UnsupportedScan

HEAD = 560
"""Bytes from the start that tell every format: a NIfTI-2 header with its extension flag and some more."""
DAMAGE: tuple[type[Exception], ...] = (EOFError, OSError, cast(Any, isal_zlib.error))
"""What reading a broken gzip stream or a failing disk raises."""

_IMAGES = (".img", ".img.gz")
_LARGEST = 2**33
"""Bytes of voxels; more is refused before anything is allocated."""
_DEFLATE = 1032
"""Bytes that one byte of gzip can become at most."""


class Format(Enum):
    """The formats that are told apart. The value is the name that a reader sees."""

    NIFTI1 = "NIfTI-1"
    NIFTI2 = "NIfTI-2"
    ANALYZE = "Analyze 7.5"
    MGH = "MGH"
    NRRD = "NRRD"
    METAIMAGE = "MetaImage"
    DICOM = "DICOM"
    DICOM_ZIP = "DICOM series (zip)"


@dataclass(frozen=True)
class Sniffed:
    """A file whose first bytes were looked at. image: the .img half of a .hdr/.img pair."""

    path: Path
    format: Format
    compressed: bool
    size: int
    image: Sniffed | None = None

    @property
    def voxels(self) -> Sniffed:
        """The file that holds the voxels: itself, but for a pair."""
        return self.image or self

    def open(self) -> BinaryIO:
        """The bytes of the format itself, decompressed where the file is gzip."""
        return _open(self.path, self.compressed)

    def check_size(self, needed: int) -> None:
        """Refuse a header that promises more bytes than the file can hold, or than can be worked on."""
        name = self.path.name
        if needed > self.size * (_DEFLATE if self.compressed else 1):
            raise UnreadableScan(
                f"{name} ends too early: its header promises {needed:,} bytes and the file has {self.size:,}"
                f"{' (compressed)' if self.compressed else ''}; copy or download it again."
            )

    def check_memory(self, needed: int) -> None:
        """Refuse one volume that is larger than what can be worked on."""
        if needed > _LARGEST:
            name = self.path.name
            raise UnsupportedScan(f"{name} needs {needed / 1e9:.0f} GB of memory; Respin reads up to 8 GB.")


def sniff(path: Path) -> Sniffed:
    """The format of a file; UnreadableScan or UnsupportedScan, in one sentence, where it is no scan.

    Of a .hdr/.img pair either half may be given; the result is that of the .hdr.
    """
    if path.name.lower().endswith(_IMAGES) and (header := _half(path, ".hdr")) is not None:
        path = header
    size, compressed, head = _looked_at(path)
    kind = _format(path.name, head)
    if kind is not Format.ANALYZE and head[344:348] != b"ni1\0" and head[4:8] != b"ni2\0":
        return Sniffed(path, kind, compressed, size)
    image = _half(path, ".img")
    if image is None:
        remedy = "put its .img file beside it" if ".hdr" in path.name.lower() else "name it .hdr, beside its .img file"
        raise UnreadableScan(f"{path.name} is one half of a .hdr/.img pair; {remedy}.")
    size_of_image, image_compressed, _ = _looked_at(image)
    return Sniffed(path, kind, compressed, size, Sniffed(image, kind, image_compressed, size_of_image))


def _looked_at(path: Path) -> tuple[int, bool, bytes]:
    """Size of a file, whether it is gzip, and its first bytes without that."""
    try:
        size = _size(path)
        with path.open("rb") as stream:
            compressed = stream.read(2) == b"\x1f\x8b"
        with closing(_open(path, compressed)) as stream:
            return size, compressed, stream.read(HEAD)
    except PermissionError as error:
        raise UnreadableScan(f"{path.name} cannot be read: you have no permission to open it.") from error
    except DAMAGE as error:
        raise UnreadableScan(f"{path.name} is damaged ({_said(error)}); copy or download it again.") from error


def _half(path: Path, ending: str) -> Path | None:
    """The other half of a pair: of the same name, compressed or not, in capitals or not."""
    at = path.name.lower().rfind(".hdr" if ending == ".img" else ".img")
    name = path.name[: max(at, 0)]
    for other in (ending, f"{ending}.gz", ending.upper()):
        if name and os.path.isfile(beside := path.with_name(f"{name}{other}")):  # a name may be too long to look for
            return beside
    return None


def _open(path: Path, compressed: bool) -> BinaryIO:
    return cast(BinaryIO, igzip.open(path, "rb")) if compressed else path.open("rb")


def _size(path: Path) -> int:
    """Bytes of a file that is there and not empty."""
    if path.is_dir():
        raise UnreadableScan(f"{path.name} is a folder; give one of the files in it.")
    if not path.exists():
        raise UnreadableScan(f"{path.name} is not there: no such file in {path.absolute().parent}.")
    if path.stat().st_size == 0:
        raise UnreadableScan(f"{path.name} is empty (0 bytes); copy or download it again.")
    return path.stat().st_size


def _format(name: str, head: bytes) -> Format:
    for found, told in (
        (Format.NIFTI1, head[344:348] in (b"n+1\0", b"ni1\0")),
        (Format.NIFTI2, head[4:8] in (b"n+2\0", b"ni2\0")),
        (Format.NRRD, head[:4] == b"NRRD"),
        (Format.DICOM, head[128:132] == b"DICM"),
        (Format.DICOM_ZIP, head[:4] == b"PK\x03\x04"),
        (Format.MGH, head[:4] == b"\0\0\0\1" and len(head) > 284),
        (Format.METAIMAGE, head.startswith((b"ObjectType", b"NDims", b"Comment")) and b"NDims" in head),
        (Format.ANALYZE, ".hdr" in name.lower() and len(head) >= 348 and _says_348(head)),
    ):
        if told:
            return found
    raise _refusal(name, head)


def _refusal(name: str, head: bytes) -> UnreadableScan:
    """Why a file of no known format is refused."""
    if head.lstrip()[:1] == b"<":
        return UnreadableScan(f"{name} is a web page or XML, not a scan; download the scan itself.")
    if _is_text(head):
        return UnreadableScan(f"{name} is text, not a scan; check that it is the file you meant.")
    return UnreadableScan(f"{name} is not a scan that Respin knows, or its header is damaged; give a NIfTI file.")


def _says_348(head: bytes) -> bool:
    """Analyze has no mark but the size of its header."""
    return 348 in struct.unpack("<i", head[:4]) + struct.unpack(">i", head[:4])


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r\f" or byte >= 32 for byte in head)


def _said(error: BaseException) -> str:
    """What the system says of an error, without the path that it may hold."""
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).rstrip(".")
