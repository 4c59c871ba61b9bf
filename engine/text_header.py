"""The text headers of NRRD and MetaImage, checked word by word before a library reads them.

ITK's own parsers write past their buffers over a header that is damaged or made for it. A header that
keeps to these rules makes them report no error, and it is while reporting that they fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing

from engine.errors import UnreadableScan, UnsupportedScan
from engine.sniff import DAMAGE, Format, Sniffed

_LONGEST = 1 << 16
"""Bytes in which a header must end."""
_LINE = 1000
_TEXT = 200
"""Bytes of a value that is free text."""
_NUMBER = r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE](?:[-+]?0?\d{1,2}|-\d{3}))?"
"""Finite whatever its digits; three of them in an exponent are how some programs write 6.1e-017."""
_VECTOR = rf"(?:none|\( *{_NUMBER}(?: *, *{_NUMBER}){{0,3}} *\))"

Rule = Callable[[str, int], bool]


def _whole(low: int, high: int) -> Rule:
    return lambda value, _: re.fullmatch(r"[-+]?\d{1,10}", value) is not None and low <= int(value) <= high


def _numbers(per_axis: Callable[[int], int]) -> Rule:
    """So many finite numbers for so many axes."""
    return lambda value, axes: re.fullmatch(rf"{_NUMBER}(?: +{_NUMBER}){{{per_axis(axes) - 1}}}", value) is not None


def _spacings(value: str, axes: int) -> bool:
    return re.fullmatch(rf"(?:{_NUMBER}|nan)(?: +(?:{_NUMBER}|nan)){{{axes - 1}}}", value, re.IGNORECASE) is not None


def _sizes(value: str, axes: int) -> bool:
    return len(value.split()) == axes and all(re.fullmatch(r"[1-9]\d{0,8}", side) for side in value.split())


def _vectors(value: str, axes: int) -> bool:
    return re.fullmatch(rf"{_VECTOR}(?: +{_VECTOR}){{{axes - 1}}}", value) is not None


def _some_vectors(value: str, _: int) -> bool:
    return re.fullmatch(rf"{_VECTOR}(?: +{_VECTOR}){{0,3}}", value) is not None


def _one_of(*words: str) -> Rule:
    return lambda value, _: value.lower() in words


def _words(most: int = _TEXT) -> Rule:
    return lambda value, _: len(value) <= most and value.isprintable()


def _kinds(value: str, axes: int) -> bool:
    return len(value.split()) == axes and re.fullmatch(r"[\w? -]{1,100}", value) is not None


_TYPES = (
    "signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t",
    "short", "short int", "signed short", "signed short int", "int16", "int16_t",
    "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t",
    "int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t",
    "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t",
    "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t", "float", "double",
)  # fmt: skip
_NRRD: dict[str, Rule] = {
    "type": _one_of(*_TYPES),
    "dimension": _whole(1, 4),
    "space": lambda value, _: re.fullmatch(r"[A-Za-z0-9-]{1,40}", value) is not None,
    "space dimension": _whole(1, 4),
    "sizes": _sizes,
    "spacings": _spacings,
    "thicknesses": _spacings,
    "axis mins": _spacings,
    "axis maxs": _spacings,
    "centers": _kinds,
    "centerings": _kinds,
    "kinds": _kinds,
    "labels": _words(),
    "units": _words(),
    "space units": _words(),
    "sample units": _words(),
    "content": _words(),
    "min": _numbers(lambda _: 1),
    "max": _numbers(lambda _: 1),
    "old min": _numbers(lambda _: 1),
    "old max": _numbers(lambda _: 1),
    "data file": _words(),
    "datafile": _words(),
    "line skip": _whole(0, 1 << 20),
    "byte skip": _whole(-1, 1 << 30),
    "space origin": _some_vectors,
    "space directions": _vectors,
    "measurement frame": _some_vectors,
    "encoding": _one_of("raw", "gzip", "gz"),
    "endian": _one_of("little", "big"),
}
_TRUTH = _one_of("true", "false")
_SQUARE = _numbers(lambda axes: axes * axes)
_AXIS = _numbers(lambda axes: axes)
_META: dict[str, Rule] = {
    "ObjectType": _one_of("image"),
    "NDims": _whole(2, 4),
    "DimSize": _sizes,
    "ElementSpacing": _AXIS,
    "ElementSize": _AXIS,
    "Offset": _AXIS,
    "Position": _AXIS,
    "Origin": _AXIS,
    "CenterOfRotation": _AXIS,
    "TransformMatrix": _SQUARE,
    "Rotation": _SQUARE,
    "Orientation": _SQUARE,
    "AnatomicalOrientation": lambda value, _: re.fullmatch(r"[A-Za-z?]{1,4}", value) is not None,
    "ElementType": lambda value, _: re.fullmatch(r"MET_[A-Z_]{3,20}", value) is not None,
    "ElementNumberOfChannels": _whole(1, 16),
    "ElementMin": _numbers(lambda _: 1),
    "ElementMax": _numbers(lambda _: 1),
    "ElementToIntensityFunctionSlope": _numbers(lambda _: 1),
    "ElementToIntensityFunctionOffset": _numbers(lambda _: 1),
    "BinaryData": _TRUTH,
    "BinaryDataByteOrderMSB": _TRUTH,
    "ElementByteOrderMSB": _TRUTH,
    "CompressedData": _TRUTH,
    "CompressedDataSize": _whole(0, 1 << 31),
    "HeaderSize": _whole(-1, 1 << 30),
    "Modality": lambda value, _: re.fullmatch(r"MET_MOD_[A-Z]{1,10}", value) is not None,
    "ElementDataFile": _words(),
}


def text_header(file: Sniffed) -> dict[str, str]:
    """The fields of the header by name; refuses in one sentence one that does not keep to the rules."""
    nrrd = file.format is Format.NRRD
    rules, fields = (_NRRD, _nrrd(file)) if nrrd else (_META, _meta(file))
    said = fields.get("dimension" if nrrd else "NDims", "")
    axes = int(said) if _whole(1, 4)(said, 0) else 0
    if not axes:
        raise UnsupportedScan(f"{file.path.name} has {said[:20]!r} dimensions; expected 3: give the whole volume.")
    for name, value in fields.items():
        if nrrd and name == "encoding" and not rules[name](value, axes):
            raise UnsupportedScan(f"{file.path.name} is packed as {value[:20]!r}; convert it to NIfTI.")
        if name in rules and not rules[name](value, axes):
            raise UnreadableScan(f"{file.path.name} has a damaged header: '{name}' reads {value[:60]!r}.")
        if name not in rules and (nrrd or not _words()(value, axes)):
            raise UnreadableScan(f"{file.path.name} has a damaged header: '{name[:40]!r}' is no field of it.")
    return fields


def _lines(file: Sniffed, last: Callable[[bytes], bool]) -> list[str]:
    """The lines of the header, its last one included."""
    try:
        with closing(file.open()) as stream:
            head = stream.read(_LONGEST)
    except DAMAGE as error:
        raise UnreadableScan(f"{file.path.name} is damaged; copy or download it again.") from error
    lines: list[str] = []
    for raw in head.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if len(line) > _LINE or any(byte < 32 and byte != 9 for byte in line):
            break
        lines.append(line.decode("latin-1"))
        if last(line):
            return lines
    if len(head) < _LONGEST and file.format is Format.NRRD and len(lines) == head.count(b"\n") + 1:
        return lines  # a header on its own may end with the file
    raise UnreadableScan(f"{file.path.name} has a damaged header: line {len(lines) + 1} is no text.")


def _nrrd(file: Sniffed) -> dict[str, str]:
    """Fields, without comments and without the keys and values that programs add ("name:=value")."""
    fields: dict[str, str] = {}
    for line in _lines(file, lambda line: not line)[1:]:
        if not line or line.startswith("#") or re.match(r"[^:]*:=", line):
            continue
        name, found, value = line.partition(": ")
        if not found or name in fields:
            raise UnreadableScan(f"{file.path.name} has a damaged header: {line[:60]!r} is no field of it.")
        fields[name] = value.strip()
    return fields


def _meta(file: Sniffed) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in _lines(file, lambda line: line.startswith(b"ElementDataFile")):
        name, found, value = line.partition("=")
        if not found or not re.fullmatch(r"[\w.\[\]]{1,60} *", name):
            raise UnreadableScan(f"{file.path.name} has a damaged header: {line[:60]!r} is no field of it.")
        fields[name.strip()] = value.strip()
    return fields
