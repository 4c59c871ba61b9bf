"""What the radiologist gets, measured: the engine's own translator on validation subjects, beside the floors.

Metrics are those of `engine.metrics`, per subject, in the whole crop and inside the brain.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.bundle import Bundle
from engine.device import Device
from engine.files import Scan, read, write_text
from engine.metrics import Scores, compare, r_squared, to_unit
from engine.modality import Modality
from engine.progress import finish
from engine.synthesis import FULL_SCALE, Mode, Request
from engine.translator import Translator
from engine.volume import Volume

FLOORS = ("copy", "map")
_BINS = np.linspace(0, 1, 129)


@dataclass(frozen=True)
class Row:
    """One synthesis against the truth. way: "copy", "map" or the mode; r2: structure alone, whatever the level."""

    subject: str
    source: Modality
    target: Modality
    way: str
    scores: dict[str, Scores]
    r2: float


Curve = npt.NDArray[np.float64]
Case = dict[Modality, Scan]


def read_case(paths: dict[Modality, Path]) -> Case:
    """The contrasts of one subject as scans."""
    return {modality: read(path) for modality, path in paths.items()}


def learn_maps(cases: Sequence[dict[Modality, Path]]) -> dict[tuple[Modality, Modality], Curve]:
    """For every direction the mean target intensity of each source intensity, both on [0, 1], from these subjects."""
    totals: dict[tuple[Modality, Modality], npt.NDArray[np.float64]] = {}
    for paths in cases:
        units = {m: (to_unit(scan.volume, scan.volume.data != 0), scan) for m, scan in read_case(paths).items()}
        inside = np.all([scan.volume.data != 0 for _, scan in units.values()], axis=0)
        for source, target in permutations(units, 2):
            index = np.digitize(units[source][0][inside], _BINS) - 1
            sums = totals.setdefault((source, target), np.zeros((2, len(_BINS))))
            sums[0] += np.bincount(index, units[target][0][inside], len(_BINS))
            sums[1] += np.bincount(index, minlength=len(_BINS))
    return {pair: sums[0] / np.maximum(sums[1], 1) for pair, sums in totals.items()}


def floor(way: str, source: Volume, maps: Curve) -> Volume:
    """What costs nothing: the source itself, or the source through the intensity map; in a synthesis' units."""
    mask = source.data != 0
    unit = to_unit(source, mask)
    made = unit if way == "copy" else maps[np.digitize(unit, _BINS) - 1]
    return source.with_data(np.where(mask, made * FULL_SCALE, 0).astype(np.float32))


def evaluate(
    bundle: Bundle,
    device: Device,
    cases: dict[str, dict[Modality, Path]],
    maps: dict[tuple[Modality, Modality], Curve],
    modes: Sequence[Mode],
    samples: int = 1,
) -> Iterator[Row]:
    """Every direction of every case in every mode, and the floors."""
    translator = Translator(bundle, device)
    for name, paths in cases.items():
        case = read_case(paths)
        for source, scan in case.items():
            targets = tuple(t for t in bundle.targets(source) if t in case)
            for target in targets:
                for way in FLOORS:
                    volume = floor(way, scan.volume, maps[source, target])
                    yield _row(name, source, target, way, volume, case[target].volume)
            for mode in modes:
                request = Request(source, targets, mode, samples=samples)
                way = mode.value if samples == 1 or mode is Mode.PRIOR else f"{mode.value}, mean of {samples}"
                for result in finish(translator.synthesize(scan, request)):
                    yield _row(name, source, result.target, way, result.volume, case[result.target].volume)


def _row(name: str, source: Modality, target: Modality, way: str, made: Volume, real: Volume) -> Row:
    return Row(name, source, target, way, compare(made, real), r_squared(made, real, real.data != 0))


def to_csv(rows: Sequence[Row], path: Path) -> None:
    """One line a synthesis and region."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["subject", "source", "target", "way", "region", "psnr", "nmse", "ssim", "r2"])
    for row in rows:
        for region, s in row.scores.items():
            numbers = [f"{value:.4f}" for value in (s.psnr, s.nmse, s.ssim, row.r2)]
            table.writerow([row.subject, row.source.value, row.target.value, row.way, region, *numbers])
    write_text(path, text.getvalue())


def to_markdown(rows: Sequence[Row], region: str = "mask") -> str:
    """Mean over subjects of PSNR / NMSE / SSIM for every direction (lines) and way (columns)."""
    ways = list(dict.fromkeys(row.way for row in rows))
    lines = [f"| direction | {' | '.join(ways)} |", "|---" * (len(ways) + 1) + "|"]
    for source, target in dict.fromkeys((row.source, row.target) for row in rows):
        cells: list[str] = []
        for way in ways:
            found = [r.scores[region] for r in rows if (r.source, r.target, r.way) == (source, target, way)]
            psnr, nmse, ssim = (float(np.mean([getattr(s, name) for s in found])) for name in ("psnr", "nmse", "ssim"))
            cells.append(f"{psnr:.2f} / {nmse:.3f} / {ssim:.3f}")
        lines.append(f"| {source.label} → {target.label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
