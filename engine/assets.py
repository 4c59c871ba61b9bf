"""Where the files lie that ship with the program (icons, style, samples, models), and where the reader's models do."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_ROOT = Path(__file__).resolve().parent.parent


def assets() -> Path:
    """The folder of shipped files: beside the packages in a checkout, `respin_assets` in an installed wheel."""
    checkout = _ROOT / "assets"
    return checkout if checkout.is_dir() else _ROOT / "respin_assets"


def own_models() -> Path:
    """The folder of the models that the reader added; `XDG_DATA_HOME` and its kin on other systems are obeyed."""
    return platformdirs.user_data_path("respin", appauthor=False) / "models"
