"""Every figure that was asked for, measured by one command: what is slow, on this machine, today.

    python -m benchmarks.table [SCAN] [--only cold,warm,...] [--large] [--model compact]

Each row runs in a process of its own, one after the other, and is told as soon as it is there; the whole is a Markdown
table. SCAN is a T1 without skull (a phantom of 240x240x155 without one). --large adds the preset `released` at
144x192x144 (minutes) and `paper` at 192x192x144 (an hour). What was asked was asked of two cores with AVX512-BF16: the
first line says whether this machine computes bfloat16.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.synthesis import SHAPE
from engine.device import choose
from tests.phantoms import write_phantom

ROUNDS = 3
_WARM = """
import json, sys, time
from engine.bundle import open_bundle
from engine.device import choose
from engine.files import read
from engine.modality import Modality
from engine.progress import finish
from engine.synthesis import Mode, Request
from engine.translator import Translator
scan, translator = read(sys.argv[1]), Translator(open_bundle(sys.argv[2]), choose("cpu"))
def seconds(targets=("t2",), mode=None, samples=1):
    start = time.perf_counter()
    finish(translator.synthesize(scan, Request(Modality.T1, tuple(map(Modality, targets)), mode, samples=samples)))
    return time.perf_counter() - start
seconds(), seconds(mode=Mode.SHORTCUT)
for _ in range(int(sys.argv[3])):
    print(json.dumps({
        "one": seconds(), "three": seconds(("t2", "flair", "t1ce")),
        "sample": seconds(mode=Mode.SHORTCUT), "samples": seconds(mode=Mode.SHORTCUT, samples=3),
    }), flush=True)
"""


@dataclass(frozen=True)
class Row:
    """A line of the table: what was asked, what was measured (a number of `unit`), and whether that is enough."""

    what: str
    asked: float
    measured: float
    unit: str
    at_least: bool = False

    @property
    def markdown(self) -> str:
        """One line."""
        enough = self.measured >= self.asked if self.at_least else self.measured <= self.asked
        sign, answer = "≥" if self.at_least else "≤", "reached" if enough else "**not reached**"
        return f"| {self.what} | {sign} {self.asked:g} {self.unit} | {self.measured:.3g} {self.unit} | {answer} |"


def run(*words: str) -> list[dict[str, Any]]:
    """What a program of Python prints: JSON, one object a line."""
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def cold(scan: str, model: str) -> Iterator[Row]:
    """From the start of the process to the file, and its memory."""
    seconds, peaks = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            (told,) = run("-m", "app", "synthesize", scan, "--to", "t2", "--model", model, "--out", out, "--json")
            seconds.append(time.perf_counter() - start)
            peaks.append(told["results"][0]["peak_memory_mb"])
    yield Row("`respin synthesize --to t2`, cold", 8, statistics.median(seconds), "s")
    yield Row("its peak memory", 2000, max(peaks), "MB")


def warm(scan: str, model: str) -> Iterator[Row]:
    """The second click, and what each further target and sample costs beside the first."""
    rounds = run("-c", _WARM, scan, model, str(ROUNDS))
    one, three, sample, samples = (
        statistics.median(took[name] for took in rounds) for name in ("one", "three", "sample", "samples")
    )
    yield Row("the same, warm", 3.5, one, "s")
    yield Row("each further target, of the first", 40, 100 * (three - one) / 2 / one, "%")
    yield Row("each further sample, of the first", 30, 100 * (samples - sample) / 2 / sample, "%")


def steps(scan: str, model: str) -> Iterator[Row]:
    """The denoiser beside the convolutions of the same run."""
    (compact,) = run("-m", "benchmarks.convolutions", "--parts", "step")
    yield Row("U-Net step, compact, of the convolution peak", 60, 100 * compact["step"]["of_peak"], "%", at_least=True)
    full_size = ("--sides", "144,192,144")
    (released,) = run("-m", "benchmarks.convolutions", "--preset", "released", "--parts", "step", "--plain", *full_size)
    yield Row("the same, released", 60, 100 * released["step"]["of_peak"], "%", at_least=True)
    faster = released["step as the authors run it"]["cpu_s"] / released["step"]["cpu_s"]
    yield Row("released, beside float32 contiguous eager", 3.5, faster, "x", at_least=True)


def startup(scan: str, model: str) -> Iterator[Row]:
    """Before there is anything to translate."""
    (told,) = run("-m", "benchmarks.startup", scan)
    yield Row("`respin info`", 0.5, told["info_s"], "s")
    yield Row("window on screen", 1.5, told["window_s"], "s")


def viewer(scan: str, model: str) -> Iterator[Row]:
    """The window, at 256^3."""
    (opened,) = run("-m", "benchmarks.opening")
    yield Row("256^3 to three planes", 1, opened["three_planes_nii_s"], "s")
    yield Row("memory of a scan, of its voxels", 2.5, opened["memory_held_x_raw"], "x")
    ways = run("-m", "benchmarks.wheel")
    yield Row("wheel step, four views", 5, ways[0]["compute_median_ms"], "ms")
    yield Row("wheel step to pixels, the slowest way to compare", 50, max(w["pixels_p95_ms"] for w in ways), "ms")
    (gaps,) = run("-m", "benchmarks.event_loop", "--model", model, "--mode", "prior")
    yield Row("longest gap of the event loop while synthesizing", 100, gaps["max_ms"], "ms")


def large(scan: str, model: str) -> Iterator[Row]:
    """The large presets at their full size, with random weights."""
    whole = ("-m", "benchmarks.convolutions", "--rounds", "0")
    (told,) = run(*whole, "--preset", "released", "--sides", "144,192,144", "--parts", "encode,codebook,decode")
    yield Row("released, encode, codebook, decode: memory", 2500, told["decode"]["peak_mb"], "MB")
    peaks = [
        run(*whole, "--preset", "paper", "--sides", "192,192,144", "--parts", part)[0][part]["peak_mb"]
        for part in ("encode", "step", "decode")
    ]
    yield Row("paper, the largest of its stages: memory", 20_000, max(peaks), "MB")


PARTS: dict[str, Callable[[str, str], Iterator[Row]]] = {
    "cold": cold,
    "warm": warm,
    "steps": steps,
    "startup": startup,
    "viewer": viewer,
}


def main() -> None:
    """Print the table, row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan", nargs="?", type=Path)
    parser.add_argument("--only", default=",".join(PARTS), help="some of " + ", ".join(PARTS))
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--model", default="compact")
    wished = parser.parse_args()
    parts = [PARTS[name] for name in wished.only.split(",")] + ([large] if wished.large else [])
    device = choose("cpu")
    half = "bfloat16" if device.half else "float32: this processor computes no bfloat16, which the figures ask for"
    print(
        f"{device.description}, {half}; load {os.getloadavg()[0]:.1f}\n\n| what | asked | here | |\n|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        scan = wished.scan or write_phantom(Path(folder) / "phantom_t1.nii.gz", shape=SHAPE)
        for part in parts:
            for row in part(str(scan), wished.model):
                print(row.markdown, flush=True)


if __name__ == "__main__":
    main()
