"""What to do about something missing, in words that fit where Respin came from."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path

from engine.assets import own_models

_ROOT = Path(__file__).resolve().parent.parent


class Origin(Enum):
    """How Respin came onto this machine."""

    CHECKOUT = "a checkout, set up by make"
    WHEEL = "a package installed by pip"
    FOLDER = "the one-folder application, without Python or make"


def origin() -> Origin:
    """Where the running program came from."""
    if getattr(sys, "frozen", False):
        return Origin.FOLDER
    return Origin.CHECKOUT if (_ROOT / "Makefile").is_file() else Origin.WHEEL


def reinstall() -> str:
    """A part of the program is missing or broken."""
    return {
        Origin.CHECKOUT: "Run make setup (after make clean, if that is not enough) and ask once more.",
        Origin.WHEEL: "Install it anew (pip install --force-reinstall, with the wheel) and ask once more.",
        Origin.FOLDER: "Copy the whole folder of the application anew; a part of it is missing or damaged.",
    }[origin()]


def refetch(model: Path) -> str:
    """A model is damaged.

    model: its folder
    """
    if own_models() in model.parents:
        return "Take it out in Synthesis > Models of the window, and import it again."
    return "Put the folder back with git restore assets/models." if origin() is Origin.CHECKOUT else reinstall()


def system_packages(*names: str) -> str:
    """Libraries of the system are missing.

    names: of Debian's packages
    """
    if not sys.platform.startswith("linux"):
        return reinstall()
    also = " (make system does that, too)" if origin() is Origin.CHECKOUT else ""
    return f"sudo apt-get install {' '.join(names)}{also}"
