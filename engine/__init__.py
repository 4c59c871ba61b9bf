"""The inference library: a scan in, the same brain in another contrast out. No Qt, no VTK, at home in a notebook.

What a notebook needs can be imported from here; each name is fetched when it is first used, so that importing the
package loads nothing heavy. docs/notebook.md shows them at work.

>>> from engine import Modality, open_bundle
>>> bundle = open_bundle("compact")
>>> [target.label for target in bundle.targets(Modality.T1)]
['T1CE', 'T2', 'FLAIR', 'PD']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.bundle import Bundle, bundles, open_bundle
    from engine.device import Device, choose
    from engine.errors import RespinError
    from engine.files import Scan, read
    from engine.modality import Modality
    from engine.progress import finish
    from engine.provenance import save
    from engine.synthesis import Mode, Request, Synthesis
    from engine.translator import Translator
    from engine.volume import Volume

__version__ = "0.1.0"

__all__ = [
    "Bundle",
    "Device",
    "Modality",
    "Mode",
    "Request",
    "RespinError",
    "Scan",
    "Synthesis",
    "Translator",
    "Volume",
    "bundles",
    "choose",
    "finish",
    "open_bundle",
    "read",
    "save",
]

_HOMES = {
    "bundle": ("Bundle", "bundles", "open_bundle"),
    "device": ("Device", "choose"),
    "errors": ("RespinError",),
    "files": ("Scan", "read"),
    "modality": ("Modality",),
    "progress": ("finish",),
    "provenance": ("save",),
    "synthesis": ("Mode", "Request", "Synthesis"),
    "translator": ("Translator",),
    "volume": ("Volume",),
}


def __getattr__(name: str) -> Any:
    """Fetch a name from the file that it lives in."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"engine.{home}"), name)
    raise AttributeError(f"module 'engine' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
