"""The words of a PDF as Qt writes it: packed streams of glyph numbers, one table of characters for each font."""

from __future__ import annotations

import re
import zlib
from unicodedata import normalize


def text_of(pdf: bytes) -> str:
    """All words in the order in which they are painted, without the spaces between them."""
    objects = {int(number): body for number, body in re.findall(rb"(\d+) 0 obj(.*?)endobj", pdf, re.DOTALL)}
    fonts = {
        number: _characters(_unpacked(objects[int(table[1])]))
        for number, body in objects.items()
        if (table := re.search(rb"/ToUnicode (\d+) 0 R", body))
    }
    named = {
        name: fonts[int(number)] for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", pdf) if int(number) in fonts
    }
    painted = b"\n".join(_unpacked(body) for body in objects.values() if b"stream" in body)
    words, font = [], {}
    for name, glyphs in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj", painted):
        if name:
            font = named[name]
        words += [font[int(glyphs[at : at + 4], 16)] for at in range(0, len(glyphs), 4)]
    return normalize("NFKC", "".join(words)).replace("\t", "")  # two letters drawn as one are two


def _unpacked(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    packed = found[1] if found else b""
    return zlib.decompress(packed) if b"/FlateDecode" in body and b"/Image" not in body else packed


def _characters(table: bytes) -> dict[int, str]:
    """Glyph number to character."""
    known: dict[int, str] = {}
    for first, characters in re.findall(rb"<([0-9A-F]{4})> <[0-9A-F]{4}> \[([^\]]*)\]", table):
        listed = re.findall(rb"<([0-9A-F]{4})>", characters)
        known |= {int(first, 16) + at: chr(int(character, 16)) for at, character in enumerate(listed)}
    return known
