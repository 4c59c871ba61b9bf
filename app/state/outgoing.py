"""What an export writes, by name: said before it does, and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NAMED = 3
"""Names that the sentence afterwards holds; more would fill the panel."""


@dataclass(frozen=True)
class Outgoing:
    """One file, or the folder of one DICOM series. replaces: one of that name lies there."""

    name: str
    replaces: bool = False

    @property
    def words(self) -> str:
        """A line before it is written."""
        return f"{self.name} · replaced" if self.replaces else self.name


def exported(names: Sequence[str], results: int, form: str, folder: str) -> str:
    """The sentence afterwards. form: "NIfTI" or "DICOM"; results: how many these files hold."""
    what = "one result" if results == 1 else f"{results} results"
    shown = names if len(names) <= _NAMED else [*names[: _NAMED - 1], f"and {len(names) - _NAMED + 1} more"]
    return "\n".join([f"Exported {what} as {form} to {folder}:", *shown])
