"""What an ONNX file holds beside its operations: weights by name, and what goes in and out.

Read straight from the file's records (Protocol Buffers, `onnx.proto`): the onnx package, made for writing graphs, does
not ship with the one-folder application. Weights are views of the file, which is mapped and not copied.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_GRAPH, _INITIALIZER, _OUTPUT = 7, 5, 12  # of ModelProto; of GraphProto
_DIMS, _TYPE, _TENSOR_NAME, _RAW = 1, 2, 8, 9  # of TensorProto
_VALUE_NAME = 1  # of ValueInfoProto
_FLOAT = 1
_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5

Weights = dict[str, npt.NDArray[np.float32]]


class Graph(NamedTuple):
    """weights: float32 by name, read only; outputs: names of what the graph answers."""

    weights: Weights
    outputs: set[str]


def read_graph(path: Path) -> Graph:
    """ValueError where the file is no ONNX graph."""
    with path.open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    weights, outputs = Weights(), set[str]()
    for kind, graph in _fields(whole):
        if kind != _GRAPH or isinstance(graph, int):
            continue
        for part, content in _fields(graph):
            if part == _INITIALIZER and not isinstance(content, int):
                weights |= _tensor(content)
            elif part == _OUTPUT and not isinstance(content, int):
                outputs |= {_text(value) for field, value in _fields(content) if field == _VALUE_NAME}
    if not outputs:
        raise ValueError(f"{path.name} is no ONNX graph")
    return Graph(weights, outputs)


def _tensor(record: memoryview) -> Weights:
    """The tensor by its name; nothing where it is not of float32 or not stored raw."""
    sides: list[int] = []
    kind, name, raw = 0, "", None
    for field, value in _fields(record):
        if field == _DIMS:
            sides += [value] if isinstance(value, int) else _varints(value)
        elif field == _TYPE and isinstance(value, int):
            kind = value
        elif field == _TENSOR_NAME:
            name = _text(value)
        elif field == _RAW and not isinstance(value, int):
            raw = value
    if kind != _FLOAT or raw is None:
        return {}
    return {name: np.frombuffer(raw, "<f4").reshape(sides)}


def _text(value: int | memoryview) -> str:
    if isinstance(value, int):
        raise ValueError("a number where a name should be")
    return str(value, "utf-8")


def _fields(record: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and content of each field of a record."""
    at = 0
    while at < len(record):
        key, at = _varint(record, at)
        if key & 7 == _VARINT:
            content, at = _varint(record, at)
            yield key >> 3, content
            continue
        if key & 7 == _LENGTH:
            length, at = _varint(record, at)
        else:
            length = {_FIXED_64: 8, _FIXED_32: 4}.get(key & 7, len(record))
        if at + length > len(record):
            raise ValueError("a record ends before its content does")
        yield key >> 3, record[at : at + length]
        at += length


def _varints(record: memoryview) -> list[int]:
    numbers: list[int] = []
    at = 0
    while at < len(record):
        number, at = _varint(record, at)
        numbers.append(number)
    return numbers


def _varint(record: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the least first, and where it ends."""
    number = shift = 0
    while at < len(record):
        byte = record[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
    raise ValueError("a record ends inside a number")
