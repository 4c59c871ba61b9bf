"""What can happen to a file, as values that hypothesis draws and can make smaller."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from hypothesis import strategies as st

from tests.fuzz.seeds import Seed

Change = Callable[[bytearray], bytearray]

_NUMBERS = [
    struct.pack(f"{order}{kind}", value)
    for order in "<>"
    for kind, values in (
        ("h", (0, 1, -1, 32767, -32768, 2048)),
        ("i", (0, -1, 2**31 - 1, -(2**31), 65536, 100_000)),
        ("q", (0, -1, 2**63 - 1, 2**40)),
        ("f", (0.0, -1.0, float("nan"), float("inf"), 3e38, 1e-40)),
        ("d", (0.0, float("nan"), float("-inf"), 1e308)),
    )
    for value in values
]
"""Extremes of every kind of number that a header holds, in both byte orders."""
_WORDS = [
    b"0", b"-1", b"1", b"4", b"99999", b"2147483647", b"99999999999999999999", b"1e308", b"nan", b"inf", b"",
    b"null", b"[]", b"{}", b"\"\"", b"[[" * 2000, b"../../../etc/passwd", b"/dev/zero", b"\xff\xfe", b"true", b"-0.0",
    b"gzip", b"raw", b"bzip2", b"hex", b"Infinity", b"\"x\"", b"LIST", b"list",
]  # fmt: skip
"""Extremes of every word that a header of text holds."""
_WORD = re.compile(rb"[A-Za-z0-9_.+-]+")


def damages(seed: Seed) -> st.SearchStrategy[bytes]:
    """The bytes of a seed, changed in one to four ways; of a wrapped one inside, or outside."""
    outside = st.lists(_changes(seed.content, seed.head), min_size=1, max_size=4).map(
        lambda changes: _apply(seed.content, changes)
    )
    if seed.wrapped is None:
        return outside
    unwrap, wrap = seed.wrapped
    inside = unwrap(seed.content)
    within = st.lists(_changes(inside, max(seed.head, 400)), min_size=1, max_size=4).map(
        lambda changes: wrap(_apply(inside, changes))
    )
    return st.one_of(within, outside)


def _apply(content: bytes, changes: list[Change]) -> bytes:
    made = bytearray(content)
    for change in changes:
        made = change(made)
    return bytes(made)


def _changes(content: bytes, head: int) -> st.SearchStrategy[Change]:
    """One change: mostly of the head, which says what the rest is."""
    within = st.integers(0, max(min(head, len(content)) - 1, 0))
    at = st.one_of(within, within, st.integers(0, len(content) - 1))
    words = [found.span() for found in _WORD.finditer(content[: max(head, 1)])] or [(0, 1)]
    return st.one_of(
        st.builds(_flip, at, st.integers(0, 7)),
        st.builds(_put, at, st.binary(min_size=1, max_size=4)),
        st.builds(_put, at.map(lambda place: place // 2 * 2), st.sampled_from(_NUMBERS)),
        st.builds(_put, at.map(lambda place: place // 2 * 2), st.sampled_from(_NUMBERS)),
        st.builds(_replace, st.sampled_from(words), st.sampled_from(_WORDS)),
        st.builds(_cut, at),
        st.builds(_splice, at, at, st.integers(1, 64)),
        st.builds(_remove, at, st.integers(1, 64)),
        st.builds(_append, st.binary(min_size=1, max_size=32), st.sampled_from([1, 100, 4000])),
    )


def _flip(at: int, bit: int) -> Change:
    def change(made: bytearray) -> bytearray:
        if at < len(made):
            made[at] ^= 1 << bit
        return made

    return change


def _put(at: int, number: bytes) -> Change:
    def change(made: bytearray) -> bytearray:
        made[at : at + len(number)] = number
        return made

    return change


def _replace(word: tuple[int, int], other: bytes) -> Change:
    def change(made: bytearray) -> bytearray:
        made[word[0] : word[1]] = other
        return made

    return change


def _cut(at: int) -> Change:
    return lambda made: made[:at]


def _splice(source: int, target: int, length: int) -> Change:
    def change(made: bytearray) -> bytearray:
        made[target:target] = made[source : source + length]
        return made

    return change


def _remove(at: int, length: int) -> Change:
    def change(made: bytearray) -> bytearray:
        del made[at : at + length]
        return made

    return change


def _append(tail: bytes, times: int) -> Change:
    return lambda made: made + tail * times
