"""Lists every package that an installation of Respin brings, with its licence: `python docs/licences.py`.

Written into licences.md beside this file, from what the packages say of themselves.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

HERE = Path(__file__).resolve().parent
_SHORT = re.compile(r"(?!Copyright|License agreement|Files)[A-Z0-9][\w .,()-]{1,50}")
"""A licence's name, where others put its whole text or a heading."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_HEAD = """# Licences

Every package that `pip install -c constraints.txt -e '.[dev]'` brings, with the licence that it states, made by
`python docs/licences.py` on Linux. "Runs" is needed by the program itself, "develops" by training and tests alone.
The one-folder application carries the texts of the licences of everything inside it.

| package | version | licence | |
|---|---|---|---|
"""


def main() -> None:
    """Write licences.md."""
    (HERE / "licences.md").write_text(table(), encoding="utf-8")


def table() -> str:
    """The page: one row for every package in constraints.txt that is installed."""
    installed = {_plain(found.name): found for found in distributions()}
    runs = _needed("respin", installed)
    rows: list[str] = []
    for name in pinned():
        if (found := installed.get(name)) is not None:
            use = "runs" if name in runs else "develops"
            rows.append(f"| {found.name} | {found.version.split('+')[0]} | {licence(found)} | {use} |")
    absent = ", ".join(name for name in pinned() if name not in installed)
    return _HEAD + "\n".join(rows) + f"\n\nPinned, but not there when this was made: {absent or 'none'}.\n"


def pinned() -> list[str]:
    """Names of the packages in constraints.txt, as pip compares them."""
    lines = (HERE.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    names = {_plain(match[0]) for line in lines if not line.startswith("#") and (match := _NAME.match(line))}
    return sorted(names)


def licence(found: Distribution) -> str:
    """What a package states: an expression, a line, or a class."""
    classes = [
        line.rsplit("::", 1)[1].strip()
        for line in found.metadata.get_all("Classifier") or []
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    line = (found.metadata.get("License") or "").strip().splitlines()[:1]
    short = [word for word in line if _SHORT.fullmatch(word) and word.upper() != "UNKNOWN"]
    told = found.metadata.get("License-Expression") or ", ".join(classes or short)
    return told.replace("|", "/") or "stated in its files only"


def _needed(name: str, installed: dict[str, Distribution]) -> set[str]:
    """A package and all that it leans on, without what is asked for by an extra."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in found or one not in installed:
            continue
        found.add(one)
        asked = [line for line in installed[one].requires or [] if "extra ==" not in line]
        waiting += [_plain(match[0]) for line in asked if (match := _NAME.match(line))]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
