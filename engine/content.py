"""What a file holds, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.volume import Volume


@dataclass(frozen=True, eq=False)
class Content:
    """One volume and what the file says beside it.

    header:      of a NIfTI file, as it stands there; None for other formats
    description: the header's one line
    comments:    header extensions of plain text
    names:       what it calls its contrast
    synthetic:   it says so in a field of its own
    """

    volume: Volume
    header: Any = None
    description: str = ""
    comments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    synthetic: bool = False
