"""Ten pictures of a head made by formula, as they were when somebody looked at them.

Letters, whose shapes are the machine's, are left out, and the rest is compared after a slight blur. Where a change is
wanted:

    python -m tests.app.test_golden_pictures        draws them anew; look at each before it is committed
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from scipy.ndimage import uniform_filter

from app.render.slice_painter import slice_image
from app.state.colormap import Colormap
from app.state.comparing import Comparing, see
from app.state.layout import Cell
from app.state.mixed import Blend
from app.state.study import Entry
from app.state.viewer import Plane
from engine.modality import Modality
from engine.volume import Floats
from tests.app.test_compare import colours
from tests.app.test_comparing import looking
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom

GOLDEN = Path(__file__).parent / "golden"
SIZE = (180, 220)
_ABOVE_WORDS = 150
"""Rows: below them a picture of two scans says which is which, always."""
_BLUR = 3
_NEAR, _SHARE = 24, 0.01
"""Of 255, how far a pixel may be off, and of how many of them it may be more: edges fall on other pixels elsewhere."""


def entry(modality: Modality = Modality.T1, rotation: float = 0.0) -> Entry:
    volume = phantom((48, 56, 40), (1, 1, 1.5), "LPS", modality, rotation=rotation, noise=0)
    return Entry.of(replace(scan_of(volume), modality=modality))


def draw(
    plane: Plane,
    blend: Blend = Blend.SIDE,
    *,
    radiological: bool = True,
    rotation: float = 0.0,
    colormap: Colormap = Colormap.GREY,
) -> QImage:
    """One view of a T1, alone or mixed with the T2 of the same head."""
    first, second = entry(rotation=rotation), entry(Modality.T2)
    first.colormap = colormap
    viewer, _ = looking(first, second)
    viewer.annotations, viewer.radiological = False, radiological
    viewer.crosshair = (6.0, 4.0, 8.0)
    cell = Cell(0, 0, plane, first, None if blend is Blend.SIDE else second, blend)
    picture = see(viewer, cell, Comparing(blend))
    return slice_image(picture, *SIZE)


PICTURES = {
    "axial": lambda: draw(Plane.AXIAL),
    "coronal": lambda: draw(Plane.CORONAL),
    "sagittal": lambda: draw(Plane.SAGITTAL),
    "axial-neurological": lambda: draw(Plane.AXIAL, radiological=False),
    "coronal-oblique": lambda: draw(Plane.CORONAL, rotation=20),
    "axial-hot": lambda: draw(Plane.AXIAL, colormap=Colormap.HOT),
    "axial-curtain": lambda: draw(Plane.AXIAL, Blend.CURTAIN),
    "sagittal-checkerboard": lambda: draw(Plane.SAGITTAL, Blend.CHECKERBOARD),
    "axial-overlay": lambda: draw(Plane.AXIAL, Blend.OVERLAY),
    "coronal-difference": lambda: draw(Plane.CORONAL, Blend.DIFFERENCE),
}


def blurred(image: QImage) -> Floats:
    return uniform_filter(colours(image)[:_ABOVE_WORDS].astype(np.float64), (_BLUR, _BLUR, 0))


def differ(one: QImage, other: QImage) -> bool:
    off = np.abs(blurred(one) - blurred(other)).max(axis=2)
    return bool((off > _NEAR).mean() > _SHARE)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was_when_it_was_looked_at(qapp, name: str):
    golden = QImage(str(GOLDEN / f"{name}.png"))
    assert not golden.isNull() and not differ(PICTURES[name](), golden)


def test_each_differs_from_every_other(qapp):
    drawn = [draw() for draw in PICTURES.values()]
    assert all(differ(one, other) for at, one in enumerate(drawn) for other in drawn[:at])


if __name__ == "__main__":
    program = QGuiApplication(sys.argv)
    GOLDEN.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        picture().save(str(GOLDEN / f"{name}.png"))
