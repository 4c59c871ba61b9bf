"""`python -m training calibrate`: measures the errors of held-out subjects, writes the manifest, tells what it covers.

Errors are kept on disk as soon as they are measured: a run that was killed goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from engine.bundle import Bundle, open_bundle
from engine.calibration import Direction
from engine.device import choose
from engine.errors import RespinError
from engine.files import Scan, read
from engine.modality import Modality
from training.card import with_parts
from training.conformal import LEVELS, Errors, Measured, calibration_of, hold_out
from training.data import find_subjects
from training.evaluate import Way
from training.manifest import held_out
from training.report import check_unseen
from training.slabs import Slabs

Kept = dict[Direction, dict[str, dict[str, Errors]]]


def calibrate(
    data: Path,
    model: Path,
    out: Path,
    ways: Sequence[Way],
    names: Sequence[str],
    level: float = 0.9,
    threads: int | None = None,
    depth: int = 16,
) -> str:
    """Write "calibration" into the manifest of the bundle `model`; returns the table of coverage (Markdown).

    names: the validation subjects where empty;  out: where measured errors are kept
    depth: axial slices of 1 mm in the middle of each brain that stand for it
    """
    found, bundle = find_subjects(data), open_bundle(model)
    names = list(names) or held_out(data)
    if unknown := [name for name in names if name not in found]:
        raise RespinError(f"{data} has no subject {', '.join(unknown)}; it has {', '.join(found)}.")
    if len(names) < 2:
        raise RespinError("Calibrating takes two subjects at least: one tells the errors, the other how true that is.")
    check_unseen(bundle, names)
    slabs = Slabs(bundle, choose("auto", threads), depth)
    measured: Kept = {}
    for name in names:
        for way in ways:
            _measure(slabs, name, found[name], way, out, measured)
    with_parts(bundle.directory, {"calibration": calibration_of(measured, level).to_json()})
    return told(measured, level)


def told(measured: Measured, level: float) -> str:
    """How much of each held-out subject the intervals cover, by way (Markdown); needs three subjects."""
    text = ""
    for way in dict.fromkeys(way for ways in measured.values() for way in ways):
        rows = hold_out(measured, way, level)
        text += f"| {way} | " + " | ".join(f"{100 * q:.0f} %" for q in LEVELS) + " | rank | width |\n"
        text += "| --- " * (len(LEVELS) + 3) + "|\n"
        for group, members in _groups(list(rows)).items():
            chosen = [rows[row] for row in members]
            cells = [f"{100 * np.mean([held.covered[q] for held in chosen]):.0f} %" for q in LEVELS]
            cells += [f"{np.mean([held.rank for held in chosen]):.2f}"]
            cells += [f"{100 * np.mean([held.width for held in chosen]):.0f} %"]
            text += f"| {group} | {' | '.join(cells)} |\n"
        text += "\n"
    return text


def _groups(rows: list[tuple[Direction, str]]) -> dict[str, list[tuple[Direction, str]]]:
    """Rows of the table: every subject, every direction, everything."""
    groups: dict[str, list[tuple[Direction, str]]] = {}
    for row in rows:
        groups.setdefault(row[1], []).append(row)
    for row in rows:
        source, target = row[0]
        groups.setdefault(f"{source.label} → {target.label}", []).append(row)
    return groups | ({"all": rows} if rows else {})


def _measure(slabs: Slabs, name: str, paths: Mapping[Modality, Path], way: Way, out: Path, measured: Kept) -> None:
    """Every direction of a subject, from disk where it was measured before."""
    scans: dict[Modality, Scan] = {}
    for source in (modality for modality in paths if slabs.bundle.targets(modality)):
        short = way.name.replace(", mean of ", "-x")
        scanned = _digest([[m.value, (s := path.stat()).st_size, s.st_mtime_ns] for m, path in paths.items()])
        kept = out / _answers(slabs.bundle) / f"{name}_{scanned}" / f"{source.value}_{short}_{slabs.depth}.npz"
        if not kept.is_file():
            scans = scans or {modality: read(path) for modality, path in paths.items()}
            errors = {target.value: np.stack(astuple(e)) for target, e in slabs.errors(scans, source, way)}
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(kept, **errors)  # pyright: ignore[reportArgumentType] (numpy's stubs take keywords for options)
        with np.load(kept) as arrays:
            for target in arrays.files:
                by_way = measured.setdefault((source, Modality(target)), {})
                by_way.setdefault(way.name, {})[name] = Errors(*arrays[target])


def _answers(bundle: Bundle) -> str:
    """A name for all that a result depends on: weights, steps, levels, sharpening; not the card, nor calibrations."""
    manifest = json.loads((bundle.directory / "manifest.json").read_text(encoding="utf-8"))
    told = {key: value for key, value in manifest.items() if key not in ("name", "familiar", "calibration")}
    told["files"] = {name: digest for name, digest in bundle.hashes.items() if name != "MODEL_CARD.md"}
    return _digest(told)


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
