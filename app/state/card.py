"""What a model card says of one direction, and what the model cannot do: read out of its Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.state.study import QUALITY
from engine.modality import Modality

_DIRECTION = re.compile(r"^(\w+)\s*(?:→|->)\s*(\w+)$")


_WORDS = {mode.value: name for mode, name in QUALITY.items()}
"""The modes in the window's words."""


@dataclass(frozen=True)
class Numbers:
    """One row of a table of the card. where: what stands over the table; values: by column."""

    where: str
    direction: str
    values: tuple[tuple[str, str], ...]


def numbers(card: str, source: Modality, target: Modality) -> tuple[Numbers, ...]:
    """What was measured for this direction, one answer a table; none where the card has no such row."""
    found: list[Numbers] = []
    columns: list[str] = []
    where = ""
    for line in map(str.strip, card.splitlines()):
        if not line.startswith("|"):
            columns = []
            where = line.strip(":# ") or where
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not columns:
            columns = [_WORDS.get(cell, cell) for cell in cells]
        elif (named := _DIRECTION.match(cells[0])) and named.groups() == (source.label, target.label):
            values = tuple(zip(columns[1:], cells[1:], strict=False))
            found.append(Numbers(where, cells[0], values))
    return tuple(found)


def worded(card: str) -> str:
    """The card with the modes called as in the window, at the head of each table."""
    lines = card.splitlines()
    for at, line in enumerate(lines):
        if line.startswith("|") and not (at and lines[at - 1].startswith("|")):
            lines[at] = "|".join(
                f" {_WORDS[cell.strip()]} " if cell.strip() in _WORDS else cell for cell in line.split("|")
            )
    return "\n".join(lines)


def section(card: str, title: str) -> str:
    """The text (Markdown) under a heading, up to the next one of its level; empty where there is none."""
    found = re.search(rf"^## {re.escape(title)}\s*\n(.*?)(?=^## |\Z)", card, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def limits(card: str) -> tuple[str, ...]:
    """What the model cannot do, a sentence or two each, without marks."""
    items = re.findall(r"^[*-] (.*(?:\n  .*)*)", section(card, "Limits"), re.MULTILINE)
    return tuple(re.sub(r"\s+", " ", item.replace("**", "")) for item in items)
