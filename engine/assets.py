"""Where the files lie that ship with the program: icons, style, colormaps, samples, models."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def assets() -> Path:
    """The folder of shipped files: beside the packages in a checkout, `respin_assets` in an installed wheel."""
    checkout = _ROOT / "assets"
    return checkout if checkout.is_dir() else _ROOT / "respin_assets"
