"""The log of a run as a picture: how far stage 1 was from its targets, step by step."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.atomic import replacing
from engine.errors import RespinError

_PANELS = {
    "translation": "with the source's skip",
    "translation_alone": "by the latent alone",
    "reconstruction": "reconstruction through the codes",
}
_KINDS = {"": ("voxels, smooth L1 of z-scores", "#1f6feb"), "_structure": ("1 - SSIM", "#9a6700")}
_SMOOTHING = 7
"""Entries of the log, each a mean over 50 steps, that a line is the running mean of."""

Curve = npt.NDArray[np.float64]


def read_log(path: Path) -> dict[str, Curve]:
    """log.csv -> (n, 2) step and mean over the steps since the last entry, by the name of the loss."""
    if not path.is_file():
        raise RespinError(f"{path} is not there: give the --run of a stage 1 that was trained.")
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for step, name, value in csv.reader(file):
            points[name].append((float(step), float(value)))
    return {name: np.array(pairs) for name, pairs in points.items()}


def smooth(curve: Curve, over: int = _SMOOTHING) -> Curve:
    """(n, 2) -> (n, 2): each value the mean of those around it, fewer at the ends."""
    reach = over // 2
    values = [curve[max(n - reach, 0) : n + reach + 1, 1].mean() for n in range(len(curve))]
    return np.column_stack([curve[:, 0], values])


def draw(run: Path, out: Path) -> None:
    """A panel for each way to an image, SVG or PNG by the ending of `out`; whole or not at all."""
    from matplotlib.figure import Figure

    log = read_log(run / "autoencoder" / "log.csv")
    figure = Figure(figsize=(11, 2.9), layout="constrained")
    panels: Any = figure.subplots(1, len(_PANELS))
    for panel, (name, title) in zip(panels, _PANELS.items(), strict=True):
        for ending, (words, colour) in _KINDS.items():
            if (curve := log.get(name + ending)) is not None:
                panel.plot(*curve.T, ".", color=colour, markersize=2, alpha=0.4)
                panel.plot(*smooth(curve).T, color=colour, linewidth=1.2, label=words)
        panel.set_title(title, fontsize=9)
        panel.set_xlabel("steps")
        panel.set_ylim(bottom=0)
        if panel.lines:
            panel.legend(fontsize=7)
    kind = out.suffix.removeprefix(".") or "svg"
    with replacing(out) as stream:
        figure.savefig(stream, format=kind, metadata={"Date": None} if kind == "svg" else None)
