"""What a file holds, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.modality import Modality
from engine.volume import Floats, Volume


@dataclass(frozen=True, eq=False)
class Content:
    """One volume and what the file says beside it.

    header:      of a NIfTI file, as it stands there; None for other formats
    description: the header's one line
    comments:    header extensions of plain text
    names:       what it calls its contrast
    synthetic:   it says so in a field of its own
    modality:    from names and times together, where the format has both
    acquired:    from the times of the acquisition alone
    frames:      how many volumes the file holds
    other:       (4, 4) voxel index -> world mm by the qform, where the sform is used and says otherwise
    space:       what identifies the scanner's coordinate system ("" where nothing does)
    """

    volume: Volume
    header: Any = None
    description: str = ""
    comments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    synthetic: bool = False
    modality: Modality | None = None
    acquired: Modality | None = None
    frames: int = 1
    other: Floats | None = None
    space: str = ""


@dataclass(frozen=True)
class Extent:
    """What a header promises, before any voxel is read.

    shape: (i, j, k); size: bytes of one frame once read
    """

    shape: tuple[int, int, int]
    frames: int
    size: int
