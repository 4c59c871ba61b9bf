"""What half precision costs: PSNR in the brain against the real target, networks in float32 and as the machine can.

    python -m benchmarks.precision SUBJECTS [--only NAME,NAME] [--from t1] [--mode prior] [--threads 1]

SUBJECTS is a folder as `python -m training` takes one. Every target that a subject has a scan of is made twice by the
engine's translator; nothing but the precision of the device differs. Each direction is told on stderr when measured.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.bundle import open_bundle
from engine.device import choose
from engine.files import read
from engine.metrics import to_unit
from engine.modality import Modality
from engine.progress import finish
from engine.synthesis import FULL_SCALE, Mode, Request
from engine.translator import Translator
from engine.volume import Volume, foreground
from training.layouts import Contrasts, find_subjects


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", type=Path)
    parser.add_argument("--only", help="names of subjects, separated by commas; all of them without it")
    parser.add_argument("--from", dest="source", default="t1")
    parser.add_argument("--mode", default=Mode.PRIOR.value, choices=[mode.value for mode in Mode])
    parser.add_argument("--model", default="compact")
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def psnr(made: Volume, real: Volume) -> float:
    """In dB inside the real target's brain, as `engine.metrics` defines it."""
    brain = foreground(real.data)
    off = np.clip(made.data[brain] / FULL_SCALE, 0, 1) - to_unit(real, brain)[brain]
    return -10 * math.log10(float(np.mean(np.square(off))))


def directions(name: str, paths: Contrasts, wished: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One subject: each direction in both precisions."""
    bundle, half = open_bundle(wished.model), choose("cpu", wished.threads)
    source = Modality.parse(wished.source)
    targets = tuple(target for target in bundle.targets(source) if target in paths)
    scan, asked = read(paths[source]), Request(source, targets, Mode(wished.mode))
    exact, fast = (
        finish(Translator(bundle, device).synthesize(scan, asked)) for device in (replace(half, exact=True), half)
    )
    for a, b in zip(exact, fast, strict=True):
        real = read(paths[a.target]).volume
        apart = (b.volume.data - a.volume.data)[foreground(real.data)]
        told = {"subject": name, "from": source.value, "to": a.target.value}
        told |= {"float32_db": psnr(a.volume, real), "fast_db": psnr(b.volume, real)}
        told |= {"difference_rms": float(np.sqrt(np.mean(np.square(apart)))), "runtime": b.record["runtime"]}
        print(json.dumps(told), file=sys.stderr, flush=True)
        yield told


def main() -> None:
    """Print one line of JSON."""
    wished = wishes()
    found = find_subjects(wished.subjects)
    names = wished.only.split(",") if wished.only else list(found)
    measured = [told for name in names for told in directions(name, found[name], wished)]
    losses = [told["float32_db"] - told["fast_db"] for told in measured]
    print(
        json.dumps(
            {
                "benchmark": "precision",
                "mode": wished.mode,
                "loss_db": {"mean": statistics.fmean(losses), "largest": max(losses), "least": min(losses)},
                "directions": measured,
            }
        )
    )


if __name__ == "__main__":
    main()
