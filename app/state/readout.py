"""The status line: where the crosshair is, what each scan holds there, and which side is which."""

from __future__ import annotations

import numpy as np

from app.state.study import Entry, Study
from app.state.viewer import Viewer


def place(viewer: Viewer, study: Study) -> str:
    """Voxel of the selected scan, world mm, and the intensity in every open scan."""
    if study.selected is None:
        return ""
    volume = study.selected.scan.volume
    voxel = " ".join(str(round(float(v))) for v in volume.ijk(viewer.crosshair))
    ras = " ".join(f"{v:.1f}".replace("-", "−") for v in viewer.crosshair)
    values = " · ".join(f"{_short(entry)} {_value(viewer, entry)}" for entry in study.entries)
    return f"voxel {voxel} · RAS {ras} mm · {values}"


def convention(viewer: Viewer, study: Study) -> str:
    """Which side of the patient is on the left of the screen, in words."""
    if study.selected is not None and not study.selected.scan.volume.oriented:
        return "Orientation unknown: left and right are not marked"
    name, side = ("Radiological", "RIGHT") if viewer.radiological else ("Neurological", "LEFT")
    return f"{name}: patient's {side} is on the LEFT"


def hand(viewer: Viewer) -> str:
    """What the left button does."""
    return f"left drag: {viewer.left_button.value}{' (Esc leaves)' if viewer.left_button.measures else ''}"


def _short(entry: Entry) -> str:
    return entry.contrast + ("s" if entry.scan.synthetic else "")


def _value(viewer: Viewer, entry: Entry) -> str:
    value = entry.scan.volume.intensity(viewer.crosshair)
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 or value == np.round(value) else f"{value:.3g}"
