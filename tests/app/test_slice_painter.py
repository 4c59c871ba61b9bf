"""What is painted lies where the arithmetic says, to the pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.render import annotations
from app.render.palette import ACCENT, WARNING
from app.render.slice_painter import slice_image
from app.state.slicing import resolve
from app.state.viewer import Plane, Viewer
from app.state.window_level import WindowLevel
from tests.app.test_slicing import viewing
from tests.phantoms import phantom

SIZE = (400.0, 300.0)


def painted(viewer: Viewer, entry, plane: Plane, ratio: float = 1.0) -> np.ndarray:
    """(rows, columns, 3) red, green, blue."""
    image = slice_image(resolve(viewer, entry, plane), 400, 300, ratio)
    assert image.format() is QImage.Format.Format_RGB32
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].copy()


def nearly(pixels: np.ndarray, colour) -> np.ndarray:
    wanted = np.array([colour.red(), colour.green(), colour.blue()])
    return np.abs(pixels.astype(int) - wanted).max(axis=2) < 4


@pytest.mark.parametrize("interpolate", [True, False])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("plane", list(Plane))
def test_a_voxel_is_painted_around_its_own_middle(qapp, plane, ratio, interpolate):
    volume = phantom(noise=0.0, orientation="LPI")
    data = np.where(volume.data > 0, 100, 0).astype(np.int16)
    data[31, 22, 17] = 4000
    viewer, entry = viewing(volume.with_data(data))
    entry.window_level = WindowLevel.between(0, 4000)
    mark = tuple(volume.ras((31, 22, 17)))
    viewer.crosshair, viewer.annotations, viewer.interpolate = mark, False, interpolate
    rows, columns = np.nonzero(painted(viewer, entry, plane, ratio)[..., 0] > 60)
    x, y = resolve(viewer, entry, plane).pixel_of(mark, SIZE)
    assert (columns.mean() + 0.5) / ratio == pytest.approx(x, abs=0.6)
    assert (rows.mean() + 0.5) / ratio == pytest.approx(y, abs=0.6)


def test_the_crosshair_crosses_at_its_point_and_leaves_it_free(qapp):
    viewer, entry = viewing(phantom())
    entry.window_level = replace(entry.window_level, level=1e6)
    x, y = resolve(viewer, entry, Plane.AXIAL).pixel_of(viewer.crosshair, SIZE)
    lines = painted(viewer, entry, Plane.AXIAL)[..., 2] > 0.6 * ACCENT.blue()
    column, row = int(np.floor(x)), int(np.floor(y))
    assert lines[40:-40, column - 1 : column + 2].any(axis=1).mean() > 0.85
    assert lines[row - 1 : row + 2, 40:-40].any(axis=0).mean() > 0.85
    assert not lines[row - 8 : row + 8, column - 8 : column + 8].any()
    viewer.show_crosshair = False
    assert not (painted(viewer, entry, Plane.AXIAL)[60:-60, 60:-60, 2] > 0.6 * ACCENT.blue()).any()


@pytest.mark.parametrize(
    ("plane", "radiological", "expected"),
    [
        (Plane.AXIAL, True, "RLAP"),
        (Plane.AXIAL, False, "LRAP"),
        (Plane.CORONAL, True, "RLSI"),
        (Plane.SAGITTAL, True, "APSI"),
    ],
)
def test_letters_stand_at_their_edges(qapp, monkeypatch, plane, radiological, expected):
    viewer, entry = viewing(phantom(orientation="PIR"))
    viewer.radiological = radiological
    drawn = {}
    monkeypatch.setattr(annotations, "draw", lambda painter, room, align, text, colour: drawn.update({align: text}))
    painted(viewer, entry, plane)
    side, middle = Qt.AlignmentFlag, Qt.AlignmentFlag.AlignVCenter
    edges = (middle | side.AlignLeft, middle | side.AlignRight)
    edges += (side.AlignHCenter | side.AlignTop, side.AlignHCenter | side.AlignBottom)
    assert "".join(drawn[edge] for edge in edges) == expected


def test_letters_are_seen(qapp):
    viewer, entry = viewing(phantom())
    entry.window_level = replace(entry.window_level, level=1e6)
    viewer.show_crosshair = False
    light = painted(viewer, entry, Plane.AXIAL).max(axis=2) > 120
    edges = (light[135:165, 5:25], light[135:165, -25:-5], light[3:28, 185:215], light[-28:-3, 185:215])
    assert all(edge.sum() > 15 for edge in edges)


def test_unknown_orientation_is_painted_in_words_and_without_letters(qapp):
    viewer, entry = viewing(replace(phantom(), oriented=False))
    entry.window_level = replace(entry.window_level, level=1e6)
    viewer.show_crosshair = False
    pixels = painted(viewer, entry, Plane.AXIAL)
    assert not (pixels[135:165, 5:25].max(axis=2) > 120).any()
    assert nearly(pixels[-30:], WARNING).any()


def test_hidden_annotations_leave_only_the_image(qapp):
    viewer, entry = viewing(phantom())
    entry.window_level = replace(entry.window_level, level=1e6)
    viewer.annotations = False
    assert painted(viewer, entry, Plane.CORONAL).max() == 0
