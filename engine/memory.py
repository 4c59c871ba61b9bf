"""How much memory is free, and how much a scan will take; asked before any of it is taken."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine.content import Extent

_COPIES = 2.5
"""Of the voxels that are held while a scan is read and shown."""
_SHARE = 0.5
"""Of the free memory that a scan may take without a word."""
_SPARE = 0.1
"""Of the free memory that may be held for a reader who changes his mind."""
_MEMINFO = Path("/proc/meminfo")
_GB = 1e9


def free() -> int | None:
    """Bytes that can still be had; half of all where the system does not say, None where it says nothing."""
    try:
        said = re.search(r"^MemAvailable: *(\d+) kB", _MEMINFO.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        said = None
    if said:
        return int(said[1]) * 1024
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def doubt(name: str, extent: Extent) -> str | None:
    """A sentence where a scan would take more than a good share of the memory; None where it fits well."""
    there, needed = free(), _COPIES * extent.size
    if there is None or needed <= _SHARE * there:
        return None
    return f"{name} needs about {needed / _GB:.1f} GB of memory; {there / _GB:.1f} GB are free."


def spare(size: int) -> bool:
    """Whether so many bytes may be kept for no more than convenience."""
    there = free()
    return there is None or size <= _SPARE * there
