"""What is known of a result's error: numbers against a real scan of its contrast, or that there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

UNKNOWN = "No ground truth: error unknown"

DEFINITIONS = (
    "The real scan goes to 0 to 1 by its own 0.5 and 99.5 percentiles inside the brain, the synthetic one by 1/1000, "
    "both clipped: no fit to the truth.\n"
    "PSNR = 10 log10(1 / mean squared difference), in dB: more is better.\n"
    "NMSE = sum of squared differences / sum of squares of the real scan: 0 is equal.\n"
    "SSIM: in 3-D, Gaussian of sigma 1.5 voxels, K 0.01 and 0.03: 1 is equal.\n"
    "Whole: the box around the brain."
)
"""Beside every number."""


class Scores(Protocol):
    """What the engine's metrics give, by name."""

    @property
    def psnr(self) -> float: ...

    @property
    def nmse(self) -> float: ...

    @property
    def ssim(self) -> float: ...


@dataclass(frozen=True)
class Verdict:
    """One line for the reader, and what it means."""

    words: str
    meaning: str


def unknown(apart: str = "") -> Verdict:
    """No real scan to measure against is open. apart: what one would be called that lies on another grid."""
    if apart:
        meaning = "Nothing is registered here: put the real scan onto the source's grid elsewhere, then open it."
        return Verdict(f"{UNKNOWN} ({apart} lies on another grid)", meaning)
    meaning = "Open a real scan of the result's contrast, of the same person and on the same grid, to measure it."
    return Verdict(UNKNOWN, meaning)


def measuring(truth: str) -> Verdict:
    """The numbers are on their way."""
    return Verdict(f"Measuring against {truth} …", DEFINITIONS)


def measured(truth: str, scores: Mapping[str, Scores]) -> Verdict:
    """The numbers, with what they are measured against."""
    brain, whole = scores["mask"], scores["whole"]
    words = (
        f"Against {truth}: PSNR {brain.psnr:.1f} dB · NMSE {brain.nmse:.3f} · SSIM {brain.ssim:.3f} in the brain "
        f"(whole {whole.psnr:.1f} dB · {whole.nmse:.3f} · {whole.ssim:.3f})"
    )
    return Verdict(words, DEFINITIONS)
