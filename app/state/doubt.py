"""What a map of uncertainty means, in the few words that fit beside a picture."""

from __future__ import annotations

from dataclasses import dataclass

from engine.synthesis import Synthesis

NOT_CALIBRATED = "Not calibrated: the spread of the samples"


@dataclass(frozen=True)
class Doubt:
    """level: share of the voxels inside the interval, None where nothing was calibrated; subjects: on how many."""

    level: float | None = None
    subjects: int = 0

    @classmethod
    def of(cls, synthesis: Synthesis) -> Doubt:
        """As the translator recorded it."""
        told = synthesis.record.get("uncertainty") or {}
        return cls(told.get("level"), len(told.get("calibrated_on", ())))

    def bound(self, number: str) -> str:
        """A number of the map beside its colour: "90 % within ±120", or "SD 12"."""
        return f"SD {number}" if self.level is None else f"{100 * self.level:.0f} % within ±{number}"

    @property
    def name(self) -> str:
        """What the map is called in the caption."""
        return "uncertainty" if self.level is None else f"uncertainty, calibrated on {self.subjects} subjects"

    @property
    def caution(self) -> str:
        """What must be said of it in the picture."""
        return NOT_CALIBRATED if self.level is None else ""
