"""How a scan was acquired, from DICOM tags or a BIDS sidecar, and which contrast that makes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from engine.modality import Modality, recognise, says_before_contrast, speaks_of_t1_and_flair

_NO_AGENT = {"", "NO", "NONE", "N", "N/A", "NA", "OFF", "WITHOUT"}


@dataclass(frozen=True)
class Acquisition:
    """Times in ms, None where nothing is said. sequence: "SE", "IR", "GR", "EP", "RM"; agent: contrast was given."""

    tr: float | None = None
    te: float | None = None
    ti: float | None = None
    sequence: frozenset[str] = frozenset()
    agent: bool = False

    @classmethod
    def of(cls, tags: Mapping[str, Any], unit: float = 1.0) -> Acquisition:
        """From DICOM's keywords, which BIDS uses too. unit: ms in one unit of time (1000 for BIDS, in seconds)."""
        tr, te, ti = (_number(tags.get(f"{name}Time"), unit) for name in ("Repetition", "Echo", "Inversion"))
        agent = str(tags.get("ContrastBolusAgent") or tags.get("ContrastBolusIngredient") or "")
        return cls(tr, te, ti, _words(tags.get("ScanningSequence")), agent.strip().upper() not in _NO_AGENT)

    @property
    def modality(self) -> Modality | None:
        """The contrast that the times make; None where they are missing, or belong to none of ours."""
        if self.tr is None or self.te is None or "EP" in self.sequence:
            return None
        found = self._of_gradient_echo(self.te) if self._is_gradient_echo else self._of_spin_echo(self.tr, self.te)
        return Modality.T1CE if found is Modality.T1 and self.agent else found

    @property
    def _is_gradient_echo(self) -> bool:
        return "GR" in self.sequence and "SE" not in self.sequence

    def _of_gradient_echo(self, te: float) -> Modality | None:
        """Short echoes are T1; long ones are T2*, which is none of ours."""
        return Modality.T1 if te < 10 else None

    def _of_spin_echo(self, tr: float, te: float) -> Modality | None:
        inversion = self.ti or 0.0
        if inversion >= 1500:
            return Modality.FLAIR if te >= 60 else None
        if te <= 35 and (tr <= 1200 or 500 <= inversion <= 1300):
            return Modality.T1
        if tr < 1800 or inversion > 0:
            return None
        return Modality.T2 if te >= 60 else Modality.PD if te <= 45 else None


def modality_of(names: Iterable[str], acquisition: Acquisition) -> Modality | None:
    """The contrast that the names say, else the one that the times make; contrast agent makes T1 a T1CE.

    Where a name holds T1 and FLAIR ("t1_flair"), the times tell which of them it is, if they say either.
    names: the most telling first
    """
    names = list(names)
    found = recognise(names) or acquisition.modality
    if speaks_of_t1_and_flair(names) and {found, acquisition.modality} == {Modality.T1, Modality.FLAIR}:
        found = acquisition.modality
    if found is Modality.T1 and acquisition.agent and not says_before_contrast(names):
        return Modality.T1CE
    return found


def _number(value: Any, unit: float) -> float | None:
    try:
        number = float(value) * unit
    except (OverflowError, TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _words(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        value = value.replace("\\", ",").replace("_", ",").split(",")
    if not isinstance(value, Iterable):
        return frozenset()
    return frozenset(str(word).strip().upper() for word in cast("Iterable[Any]", value))
