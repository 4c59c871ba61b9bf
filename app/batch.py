"""What the commands do, as functions that return the JSON object they print."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from app.terminal import tell
from engine.cautions import before
from engine.errors import RespinError, UnknownModality, UnwritableOutput
from engine.export import Kind, export
from engine.files import Scan, extent, read_place, write_bytes
from engine.finding import find, only, split
from engine.memory import doubt
from engine.modality import Modality
from engine.progress import Work, finish
from engine.synthesis import Request, cautions_of
from engine.volume import Array, Volume

if TYPE_CHECKING:
    from engine.bundle import Bundle
    from engine.device import Device

Json = dict[str, Any]
Point = tuple[float, float, float]
"""World mm, RAS+."""


def take(path: Path) -> Scan:
    """Read what a path leads to; a word on stderr where it takes much of the memory."""
    place = only(split(path)[0], finish(find(path)))
    if (warning := doubt(place.name, extent(place))) is not None:
        tell(f"Note: {warning}")
    return read_place(place)


def describe(scan: Scan, at: Point | None) -> Json:
    """What a scan is, and what lies at a world point."""
    volume = scan.volume
    return {
        "file": str(scan.path),
        "format": scan.format,
        "shape": list(volume.shape),
        "spacing": [round(float(side), 6) for side in volume.spacing],
        "orientation": volume.orientation,
        "dtype": scan.dtype,
        "modality": scan.modality.value if scan.modality else None,
        "synthetic": scan.synthetic,
        "warnings": list(scan.warnings),
        "at": _reading(scan, at) if at else None,
    }


def _reading(scan: Scan, ras: Point) -> Json:
    """Voxel (not rounded to whole ones) and intensity at a world point; None outside or where it is no number."""
    intensity = scan.volume.intensity(ras)
    return {
        "ras": list(ras),
        "ijk": [round(float(index), 4) + 0.0 for index in scan.volume.ijk(ras)],
        "intensity": finite(intensity),
    }


def contrast(scan: Scan, said: str | None) -> Modality:
    """The contrast of a scan: what the reader said, else what its names say; a refusal where neither does."""
    modality = Modality.parse(said) if said else scan.modality
    if modality is None:
        known = ", ".join(m.value for m in Modality)
        raise UnknownModality(f"Nothing says which contrast {scan.path.name} has; add --from ({known}).")
    return modality


def targets(scan: Scan, source: Modality, names: Sequence[str]) -> tuple[Modality, ...]:
    """The targets of these names ("t2", "t2,flair"), each once; a refusal where the scan already is one of them."""
    wanted = tuple(dict.fromkeys(Modality.parse(name) for told in names for name in told.split(",")))
    if source in wanted:
        raise UnknownModality(f"{scan.path.name} already is {source.label}; choose another target.")
    return wanted


def reachable(bundle: Bundle, source: Modality, wanted: Sequence[Modality]) -> None:
    """Refuse what the bundle was not trained for, before anything heavy is loaded."""
    known = bundle.targets(source)
    for target in (target for target in wanted if target not in known):
        others = ", ".join(modality.value for modality in known) or "nothing"
        told = f"does not make {target.label} from {source.label}; from that it makes {others}"
        raise UnknownModality(f"The model '{bundle.name}' {told}.")


def known(scan: Scan, source: Modality) -> tuple[str, ...]:
    """What must be said of a scan before anything is made from it."""
    return tuple(dict.fromkeys((*scan.warnings, *before(scan, source))))


def note(warnings: Iterable[str]) -> None:
    """A line on stderr each."""
    for warning in warnings:
        tell(f"Note: {warning}")


def synthesize(
    scan: Scan, asked: Request, bundle: Bundle, device: Device, out: Path, kind: Kind = Kind.NIFTI
) -> Work[Json]:
    """Make every target and save it with its sidecar in the folder `out`."""
    writable(out)
    from engine.translator import Translator

    syntheses = yield from Translator(bundle, device).synthesize(scan, asked)
    results: list[Json] = []
    for synthesis in syntheses:
        # The map is written for who asks for samples: scripts count on one file and its sidecar otherwise.
        kept = synthesis if asked.samples > 1 else replace(synthesis, uncertainty=None)
        saved = yield from export(kind, kept, scan, out)
        results.append(
            {
                "target": synthesis.target.value,
                "path": str(saved.path),
                "sidecar": str(saved.sidecar),
                "uncertainty": str(saved.uncertainty) if saved.uncertainty else None,
                "seconds": {stage: round(took, 3) for stage, took in synthesis.seconds.items()},
                "peak_memory_mb": peak_memory_mb(),
            }
        )
    told = dict.fromkeys(said for made in syntheses for said in (*made.warnings, *cautions_of(made.target)))
    return {"results": results, "warnings": list(told)}


def compare(synthetic: Scan, real: Scan, mask: Path | None) -> Json:
    """Scores of a synthetic scan against the real scan of the same contrast, whole and inside the mask.

    A first scan that is real (the baseline "copy the source") is scaled as a real scan is.
    """
    from engine.metrics import compare as score

    if real.synthetic:
        raise RespinError(f"{real.path.name} is synthetic itself: no ground truth, error unknown.")
    inside = _mask(mask, real) if mask else None
    made = synthetic.volume if synthetic.synthetic else _scaled(synthetic.volume, inside, real)
    scores = score(made, real.volume, inside)
    return {where: {name: finite(value) for name, value in asdict(s).items()} for where, s in scores.items()}


def _scaled(volume: Volume, mask: Array | None, real: Scan) -> Volume:
    """A real scan in the units of synthetic ones, by its own percentiles where the scores look."""
    from engine.metrics import to_unit
    from engine.synthesis import FULL_SCALE
    from engine.volume import foreground

    if volume.shape != real.volume.shape:
        return volume  # the scores refuse it with the numbers
    inside = foreground(real.volume.data) if mask is None else mask
    return volume.with_data(FULL_SCALE * to_unit(volume, inside))


def _mask(path: Path, real: Scan) -> Array:
    """(i, j, k) bool on the grid of `real`."""
    mask = take(path).volume
    if mask.shape != real.volume.shape or not np.allclose(mask.affine, real.volume.affine, atol=1e-3):
        raise RespinError(f"The mask {path.name} lies on another grid than {real.path.name}.")
    return mask.data != 0


def writable(folder: Path) -> None:
    """Make the folder where results go; refuse before the long work, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableOutput(f"{folder} cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UnwritableOutput(f"{folder} cannot be written to; choose another folder.")


def finite(value: float | None) -> float | None:
    """The number as JSON knows numbers: None for what is not finite (the PSNR of two equal scans)."""
    return value if value is not None and math.isfinite(value) else None


def peak_memory_mb() -> float | None:
    """The most memory that this process has held, in MB (2^20 bytes); None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def draw(
    scans: list[Scan], layout: Literal["four-up", "compare"], at: Point | None, path: Path, blend: str = "side"
) -> None:
    """Write the picture that the window would show, badge included, as a PNG.

    blend: how the last scan comes into the picture of the first, the name of a `Blend` in small letters
    """
    if blend != "side" and len(scans) < 2:
        raise RespinError(f"--blend {blend} takes two scans.")
    writable(path.absolute().parent)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from app.pictures import png
    from app.render.sheet import picture
    from app.state.mixed import Blend

    application = QGuiApplication.instance() or QGuiApplication([])
    write_bytes(path, png(picture(scans, layout, at, blend=Blend[blend.upper()])))
    del application  # held until here: without it Qt has no fonts


def point(text: str) -> Point:
    """The world point that "X,Y,Z" names."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise RespinError(f"'{text}' is no point; write three numbers in mm: X,Y,Z.") from error
    return x, y, z
