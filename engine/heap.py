"""The memory of the C library while networks run (glibc): kept between layers, given back afterwards.

By its own rule it returns every large array to the system at once and asks for the next one anew, page by page:
a third of a synthesis' time went there (docs/performance.md). Pools of threads hold no large array, so all share one.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # malloc.h
_NEVER = 2**31 - 1
_AS_EVER = 1 << 16, 1 << 25
"""Large arrays outside the pool, and bytes free at its end before they go back: as glibc has seen large ones."""


def keep() -> None:
    """Until `give_back`, for threads that begin after this."""
    if (library := _library()) is not None:
        library.mallopt(_ARENA_MAX, 1)
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, _NEVER)


def give_back() -> None:
    """Whatever is free goes back to the system, as from now on whatever is large."""
    if (library := _library()) is not None:
        library.mallopt(_MMAP_MAX, _AS_EVER[0])
        library.mallopt(_TRIM_THRESHOLD, _AS_EVER[1])
        library.malloc_trim(0)


@cache
def _library() -> Any:
    """The C library where it is glibc, else None."""
    if not sys.platform.startswith("linux"):
        return None
    library: Any = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
