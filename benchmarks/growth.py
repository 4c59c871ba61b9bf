"""What a synthesis costs as the work grows: voxels, targets, samples, steps. Lines through what was measured.

    python -m benchmarks.growth [--model compact] [--side 64] [--rounds 2] [--plot docs/growth.svg]

Scans are phantoms. Seconds are of the processor, one thread, the least of several rounds; bytes are what the process
held at most, beyond what it held before (Linux). Operations and bytes moved are counted for one scan and one target,
every operation of torch reading what it is given and writing what it gives: what a perfect cache would spare is in it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.opening import memory
from benchmarks.traffic import counted
from engine.bundle import open_bundle
from engine.device import Device
from engine.files import Scan, unsaved
from engine.modality import Modality
from engine.preprocess import to_model
from engine.progress import finish
from engine.stages import Stages
from engine.synthesis import Mode, Request
from engine.translator import Translator
from tests.phantoms import phantom

SIDES = 40, 56, 72, 88, 104
STEPS = 2, 4, 8, 16
COUNTS = 1, 2, 3, 4
UNITS = {"voxels": "million voxels of the model grid", "targets": "targets", "samples": "samples", "steps": "steps"}


@dataclass(frozen=True)
class Point:
    """One synthesis. amount: on the axis it lies on; seconds: of the processor; megabytes: held at most."""

    amount: float
    seconds: float
    megabytes: float


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--side", type=int, default=64, help="voxels along a side where the scan does not grow")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--plot", type=Path)
    return parser.parse_args()


def head(side: int) -> Scan:
    """A T1 of so many voxels along each side, 1 mm."""
    return unsaved(phantom((side, side, side)))


def work(translator: Translator, side: int) -> dict[str, list[tuple[float, Scan, Request]]]:
    """What is synthesized, axis by axis: how much of it, from which scan, what is asked."""
    bundle, scan = translator.bundle, head(side)
    targets = bundle.targets(Modality.T1)
    grids = {n: to_model(head(n).volume, bundle.preset.grid)[0].size / 1e6 for n in SIDES}

    def sampled(samples: int, steps: int | None = None) -> Request:
        return Request(Modality.T1, targets[:1], Mode.SHORTCUT, steps, samples)

    return {
        "voxels": [(grids[n], head(n), Request(Modality.T1, targets[:1], Mode.PRIOR)) for n in SIDES],
        "targets": [(n, scan, Request(Modality.T1, targets[:n], Mode.PRIOR)) for n in COUNTS if n <= len(targets)],
        "samples": [(n, scan, sampled(n)) for n in COUNTS],
        "steps": [(n, scan, sampled(1, n)) for n in STEPS],
    }


def measured(translator: Translator, scan: Scan, asked: Request, rounds: int) -> tuple[float, float]:
    """Seconds of the processor and megabytes."""
    best, most = float("inf"), 0.0
    for _ in range(rounds):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest is counted from here
        held, began = memory("VmRSS"), time.process_time()
        finish(translator.synthesize(scan, asked))
        best = min(best, time.process_time() - began)
        most = max(most, (memory("VmHWM") - held) / 1e6)
    return best, most


def line(points: list[Point], what: str) -> dict[str, float]:
    """The straight line through points, and how much of their spread it explains."""
    x, y = (np.array([getattr(point, name) for point in points]) for name in ("amount", what))
    slope, fixed = np.polyfit(x, y, 1)
    rest = float(np.square(y - slope * x - fixed).sum() / np.square(y - y.mean()).sum())
    return {"slope": round(float(slope), 4), "fixed": round(float(fixed), 4), "r2": round(1 - rest, 4)}


def axes(translator: Translator, side: int, rounds: int) -> Iterator[tuple[str, list[Point]]]:
    """The points of each axis, after one synthesis that loads everything."""
    plan = work(translator, side)
    finish(translator.synthesize(head(SIDES[0]), plan["steps"][0][2]))
    for axis, asked in plan.items():
        yield axis, [Point(amount, *measured(translator, scan, what, rounds)) for amount, scan, what in asked]


def stages(translator: Translator, side: int) -> dict[str, dict[str, float]]:
    """Operations and bytes of the networks on one scan."""
    bundle = translator.bundle
    run = Stages(bundle.directory, translator.device, bundle.preset)
    image, _ = to_model(head(side).volume, bundle.preset.grid)
    z, passed = run.encode(image, 0)
    return {
        "encode": counted(lambda: run.encode(image, 0)),
        "ms-spade": counted(lambda: run.transform(z, 1)),
        "decode": counted(lambda: run.decode(z, passed, 1)),
        "per": {"million voxels": image.size / 1e6},
    }


def draw(measured_axes: dict[str, list[Point]], path: Path) -> None:
    """A panel an axis: seconds on the left, megabytes on the right, with their lines."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 2.9), layout="constrained")
    panels: Any = figure.subplots(1, len(measured_axes))
    for panel, (axis, points) in zip(panels, measured_axes.items(), strict=True):
        x = np.array([point.amount for point in points])
        for where, what, colour in ((panel, "seconds", "#1f6feb"), (panel.twinx(), "megabytes", "#9a6700")):
            told = line(points, what)
            where.plot(x, [getattr(point, what) for point in points], "o", color=colour, markersize=4)
            where.plot(x, told["slope"] * x + told["fixed"], color=colour, linewidth=1)
            where.set_ylim(0, 1.2 * max(getattr(point, what) for point in points))
            where.set_ylabel(what, color=colour)
        panel.set_xlabel(UNITS[axis])
        panel.set_xlim(0, 1.1 * x.max())
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    """Print one line of JSON; draw where a plot is wanted."""
    wished = wishes()
    translator = Translator(open_bundle(wished.model), Device("cpu", 1))
    found = dict(axes(translator, wished.side, wished.rounds))
    told: dict[str, Any] = {"benchmark": "growth", "model": wished.model}
    for axis, points in found.items():
        told[axis] = {
            "points": [[round(value, 3) for value in vars(point).values()] for point in points],
            "seconds": line(points, "seconds"),
            "megabytes": line(points, "megabytes"),
        }
    told["one target"] = stages(translator, wished.side)
    if wished.plot:
        draw(found, wished.plot)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
