"""The documents as tests see them: pages, fenced examples, links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Example:
    """A fenced block. kind: "sh", "python", "json", "" for none."""

    page: Path
    kind: str
    text: str


def pages() -> list[Path]:
    """Every Markdown file of the repository but the model cards, which training writes."""
    found = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    return sorted(found)


def examples(page: Path, kind: str) -> list[Example]:
    """The fenced blocks of one kind, in their order."""
    text = page.read_text(encoding="utf-8")
    return [Example(page, kind, block) for named, block in _FENCE.findall(text) if named == kind]


def commands(page: Path) -> list[str]:
    """The lines of a page's sh blocks, without their comments."""
    lines = (line.split(" #")[0].strip() for example in examples(page, "sh") for line in example.text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def links(page: Path) -> list[str]:
    """Where the links and pictures of a page lead, code left out."""
    text = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text(encoding="utf-8")))
    return _LINK.findall(text)


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
