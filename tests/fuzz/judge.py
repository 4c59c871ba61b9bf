"""Judges what Respin does with one input: it is read or refused in a sentence, soon, and within its size."""

from __future__ import annotations

import re
import resource
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from engine.errors import RespinError

SECONDS = 2.0
"""Of the processor: what others do on the machine does not count."""
SPARE = 16 << 20
"""Bytes beyond twice the file that reading may hold."""
_ROOM = 1 << 30
"""Bytes of addresses beyond those at the start; a lying size is refused by the system here."""
_LONGEST = 600
_STATUS = Path("/proc/self/status")


def limit_memory() -> None:
    """From here on this process cannot take much more; asked for it, it says MemoryError."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_held("VmSize") + _ROOM, hard))


def judge(use: Callable[[bytes], object], content: bytes, size: int) -> str | None:
    """What is wrong with how this input is taken; None where nothing is. size: of the file, unpacked."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before, began = _held("VmRSS"), time.process_time()
    found = said(use, content)
    took, held = time.process_time() - began, _held("VmHWM") - before
    if found is None and took > SECONDS:
        found = f"took {took:.1f} s"
    if found is None and held > 2 * size + SPARE:
        found = f"held {held >> 20} MiB for {size:,} bytes"
    return found


def said(use: Callable[[bytes], object], content: bytes) -> str | None:
    """What is wrong with the answer alone; None where the input is read, or refused in a sentence."""
    try:
        use(content)
    except RespinError as refusal:
        said = str(refusal)
        if "\n" in said or not said.endswith(".") or len(said) > _LONGEST:
            return f"refused in no sentence: {said[:_LONGEST]!r}"
    except Exception as fault:
        last = traceback.extract_tb(fault.__traceback__)
        ours = [frame for frame in last if re.search(r"/(engine|app)/", frame.filename)]
        where = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "?"
        return f"raised {type(fault).__name__} in {where}: {str(fault)[:160]!r}"
    return None


def _held(field: str) -> int:
    found = re.search(rf"^{field}:\s*(\d+) kB", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
    assert found, f"the system does not say {field}"
    return int(found[1]) * 1024
