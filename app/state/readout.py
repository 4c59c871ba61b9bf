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
    ras = " ".join(signed(v) for v in viewer.crosshair)
    values = (f"{name} {_value(viewer, entry)}" for name, entry in zip(_names(study), study.entries, strict=True))
    return f"voxel {voxel} · {'RAS' if volume.oriented else 'x y z'} {ras} mm · {' · '.join(values)}"


def signed(mm: float) -> str:
    """Millimetres with a minus that is as wide as a digit."""
    return f"{mm:.1f}".replace("-", "−")


def side_mm(axis: int, mm: float) -> str:
    """ "L 118.5": millimetres towards a side of the patient. axis: 0 right, 1 front, 2 top."""
    return f"{('RL', 'AP', 'SI')[axis][int(mm < 0)]} {abs(mm):.1f}"


def convention(viewer: Viewer, study: Study) -> str:
    """Which side of the patient is on the left of the screen, in words."""
    if study.selected is not None and not study.selected.scan.volume.oriented:
        return "Orientation unknown: left and right are not marked"
    name, side = ("Radiological", "RIGHT") if viewer.radiological else ("Neurological", "LEFT")
    return f"{name}: patient's {side} is on the LEFT"


def hand(viewer: Viewer) -> str:
    """What the left button does."""
    return f"left drag: {viewer.left_button.value}{' (Esc leaves)' if viewer.left_button.measures else ''}"


def _names(study: Study) -> list[str]:
    """Contrast and, of synthetic ones, their tag; of two that share those, their names, too."""
    short = [f"{entry.contrast} {entry.origin}" if entry.scan.synthetic else entry.contrast for entry in study.entries]
    known = [short.count(name) == 1 and entry.scan.modality for name, entry in zip(short, study.entries, strict=True)]
    return [
        name if alone else f"{name} {entry.name}" if entry.scan.modality else entry.name
        for name, alone, entry in zip(short, known, study.entries, strict=True)
    ]


def _value(viewer: Viewer, entry: Entry) -> str:
    value = entry.scan.volume.intensity(viewer.crosshair)
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 or value == np.round(value) else f"{value:.3g}"
