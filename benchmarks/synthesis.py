"""Seconds and peak memory of one synthesis, per stage.

    python benchmarks/synthesis.py [SCAN] [--to t2] [--mode shortcut] [--threads N] [--model compact]

Without a scan a phantom of 240x240x155 at 1 mm is made. It runs in this process, so the peak is that of
libraries, model and work together.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from app import batch
from app.terminal import follow
from engine.bundle import open_bundle
from engine.device import choose
from engine.files import read
from engine.modality import Modality
from engine.synthesis import Mode, Request
from tests.phantoms import write_phantom

SHAPE = (240, 240, 155)


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan", nargs="?", type=Path)
    parser.add_argument("--to", default="t2")
    parser.add_argument("--mode", default=Mode.SHORTCUT.value, choices=[mode.value for mode in Mode])
    parser.add_argument("--model", default="compact")
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def main() -> None:
    """Print one line of JSON."""
    wished = wishes()
    with tempfile.TemporaryDirectory() as folder:
        path = wished.scan or write_phantom(Path(folder) / "phantom_t1.nii.gz", shape=SHAPE)
        scan = read(path)
        bundle, device = open_bundle(wished.model), choose(threads=wished.threads)
        asked = Request(batch.contrast(scan, None), (Modality.parse(wished.to),), Mode(wished.mode))
        answer = follow(batch.synthesize(scan, asked, bundle, device, Path(folder)))
    (result,) = answer["results"]
    print(
        json.dumps(
            {
                "benchmark": "synthesis",
                "mode": wished.mode,
                "shape": scan.volume.shape,
                "device": device.description,
                "seconds": result["seconds"],
                "peak_memory_mb": result["peak_memory_mb"],
            }
        )
    )


if __name__ == "__main__":
    main()
