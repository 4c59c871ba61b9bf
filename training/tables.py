"""The paper's tables from rows: mean and SD over subjects as Markdown, every number as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.files import write_text
from engine.modality import Modality
from engine.presets import Preset
from training.scoring import METRICS, Row
from training.significance import paired

TASKS = ((Modality.T1, Modality.T2), (Modality.T2, Modality.FLAIR), (Modality.T1, Modality.PD))
"""Of the paper's table 1."""
RECONSTRUCTION = "reconstruction"
_DIGITS = {"psnr": 2, "nmse": 3, "ssim": 3}
_ARROWS = {"psnr": "PSNR ↑", "nmse": "NMSE ↓", "ssim": "SSIM ↑"}


def to_csv(rows: Sequence[Row], path: Path) -> None:
    """One line a synthesis and region."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["model", "subject", "source", "target", "way", "region", *METRICS, "r2", "sharpness"])
    for row in rows:
        for region, scores in row.scores.items():
            numbers = [f"{value:.4f}" for value in (scores.psnr, scores.nmse, scores.ssim, row.r2, row.sharpness)]
            words = [row.model, row.subject, row.source.value, row.target.value, row.way, region]
            table.writerow([*words, *numbers])
    write_text(path, text.getvalue())


def directions(rows: Sequence[Row], region: str = "mask") -> str:
    """Mean PSNR / NMSE / SSIM for every direction (lines) and way (columns): what a model card shows."""
    ways = list(dict.fromkeys(row.way for row in rows if row.way != RECONSTRUCTION))
    body = [
        [f"{source.label} → {target.label}", *(_plain(_of(rows, source, target, way), region) for way in ways)]
        for source, target in dict.fromkeys((r.source, r.target) for r in rows if r.way != RECONSTRUCTION)
    ]
    return _table(["direction", *ways], body)


def table_1(rows: Sequence[Row], region: str = "mask") -> str:
    """Methods (lines) and the paper's tasks (columns): mean ± SD."""
    tasks = [task for task in TASKS if any((row.source, row.target) == task for row in rows)]
    head = ["way", *(f"{s.label} → {t.label} {_ARROWS[m]}" for s, t in tasks for m in METRICS)]
    ways = dict.fromkeys(row.way for row in rows if row.way != RECONSTRUCTION)
    return _table(head, [[way, *(c for s, t in tasks for c in _cells(_of(rows, s, t, way), region))] for way in ways])


def table_2(rows: Sequence[Row], way: str, region: str = "mask") -> str:
    """Sources (lines) and targets (columns), mean ± SD; the diagonal is the autoencoder's reconstruction.

    With T1, T2 and PD this is the paper's table D.
    """
    known = [m for m in Modality if any(m in (row.source, row.target) for row in rows)]
    body: list[list[str]] = []
    for source in known:
        cells = [_cells(_of(rows, source, t, RECONSTRUCTION if source is t else way), region) for t in known]
        body.append([source.label, *(value for cell in cells for value in cell)])
    return _table(["source", *(f"{m.label} {_ARROWS[name]}" for m in known for name in METRICS)], body)


def table_3(
    rows: Sequence[Row], presets: Mapping[str, Preset], way: str, task: tuple[Modality, Modality] = TASKS[0]
) -> str:
    """Bundles (lines), each in this way (and as their prior, which is row c), on one task: mean ± SD in the brain."""
    body: list[list[str]] = []
    for model, preset in presets.items():
        for used in dict.fromkeys((way, "prior")):
            found = [row for row in _of(rows, *task, used) if row.model == model]
            if found:
                body.append([model, *_settings(preset, used), *_cells(found, "mask")])
    return _table(["model", "Diff", "Palette", "SPADE", "Reg-type", *(_ARROWS[name] for name in METRICS)], body)


def _settings(preset: Preset, way: str) -> tuple[str, str, str, str]:
    diffusion = way != "prior"
    return (
        "✓" if diffusion else "",
        "✓" if diffusion and preset.unet.concat != "none" else "",
        "✓" if preset.spade.family != "none" else "",
        preset.autoencoder.regularizer.upper(),
    )


def against(rows: Sequence[Row], way: str, others: Iterable[str], region: str = "mask") -> str:
    """PSNR of a way minus that of others, paired over subjects: mean [95 % interval], p, number of subjects."""
    others = [other for other in others if other != way and any(row.way == other for row in rows)]
    body: list[list[str]] = []
    for source, target in dict.fromkeys((row.source, row.target) for row in rows if row.way == way):
        ours = {row.subject: row.scores[region].psnr for row in _of(rows, source, target, way)}
        line = [f"{source.label} → {target.label}"]
        for other in others:
            theirs = {row.subject: row.scores[region].psnr for row in _of(rows, source, target, other)}
            both = [subject for subject in ours if subject in theirs]
            line.append(_told([ours[s] for s in both], [theirs[s] for s in both]))
        body.append(line)
    return _table([f"{way} minus", *others], body)


def _told(ours: list[float], theirs: list[float]) -> str:
    if not ours:
        return ""
    found = paired(ours, theirs)
    if found.interval is None or found.p is None:
        return f"{found.mean:+.2f} dB (n = {found.subjects})"
    low, high = found.interval
    return f"{found.mean:+.2f} dB [{low:+.2f}, {high:+.2f}], p = {found.p:.3g} (n = {found.subjects})"


def structure(rows: Sequence[Row]) -> str:
    """How sharp, and how much of the truth's variance is explained, by way: mean over directions and subjects."""
    ways = dict.fromkeys(row.way for row in rows)
    found = {way: [row for row in rows if row.way == way] for way in ways}
    body = [
        [way, *(f"{np.mean([getattr(r, n) for r in found[way]]):.3f}" for n in ("sharpness", "r2"))] for way in ways
    ]
    return _table(["way", "sharpness (1 = as the truth)", "R²"], body)


def _of(rows: Sequence[Row], source: Modality, target: Modality, way: str) -> list[Row]:
    return [row for row in rows if (row.source, row.target, row.way) == (source, target, way)]


def _cells(rows: Sequence[Row], region: str) -> list[str]:
    """Mean ± SD over subjects of every metric, of one subject the value alone; empty without rows."""
    cells: list[str] = []
    for name in METRICS:
        values = [getattr(row.scores[region], name) for row in rows if region in row.scores]
        digits = _DIGITS[name]
        spread = f" ± {np.std(values):.{digits}f}" if len(values) > 1 else ""
        cells.append(f"{np.mean(values):.{digits}f}{spread}" if values else "")
    return cells


def _plain(rows: Sequence[Row], region: str) -> str:
    return " / ".join(cell.split(" ± ")[0] for cell in _cells(rows, region))


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
