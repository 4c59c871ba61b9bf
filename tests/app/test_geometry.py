"""Real files of every axis order in the real window: where a click lands, what it reads, and what stands at the edges.

What is expected comes from nibabel's affine and voxels and from the two conventions alone, not from our arithmetic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nibabel.loadsave import load
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.state.viewer import Framing, Layout, Plane
from app.state.window_level import to_grey
from tests.app.test_window import LEFT, pane_of
from tests.phantoms import phantom, write_phantom

LETTERS = {  # left, right, top, bottom
    (Plane.AXIAL, True): "RLAP",
    (Plane.AXIAL, False): "LRAP",
    (Plane.CORONAL, True): "RLSI",
    (Plane.CORONAL, False): "LRSI",
    (Plane.SAGITTAL, True): "APSI",
    (Plane.SAGITTAL, False): "APSI",
}
TOWARDS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
"""World axis and sign of each letter."""

STEPS = ((37, 0), (0, 29), (-23, -31))
"""Clicks away from the middle of a pane, pixels to the right and down."""


def truth(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Voxels and affine as nibabel reads them."""
    image = load(path)
    return np.asarray(image.dataobj).squeeze(), image.affine


def shown_planes(window) -> list:
    window.grid.refresh()
    QApplication.processEvents()
    return [pane for pane in window.grid.panes if pane.isVisible() and pane.picture is not None]


def click(qtbot, pane, right: int, down: int) -> QPoint:
    where = pane.rect().center() + QPoint(right, down)
    qtbot.mouseClick(pane, LEFT, pos=where)
    return where


def letters_of(pane) -> str:
    said = pane.picture.letters
    return "".join(word[0] for word in (said.left, said.right, said.top, said.bottom))


def check_click(qtbot, window, pane, data, affine, step, straight=True) -> None:
    """The crosshair moves towards the letter on that side, by the millimetres of the scale, and reads that voxel."""
    viewer, middle = window.viewer, pane.picture.focus_ras()
    where = click(qtbot, pane, *step)
    window.status.refresh()
    expected = np.array(middle)
    scale = pane.picture.scale(pane.extent)
    offset = (where.x() + 0.5 - pane.width() / 2, where.y() + 0.5 - pane.height() / 2)
    for pixels, letter in zip(offset, (letters_of(pane)[1], letters_of(pane)[3]), strict=True):
        axis, sign = TOWARDS[letter]
        expected[axis] += sign * pixels / scale
    in_plane = [axis for axis in range(3) if axis != pane.picture.plane.value]
    if straight:
        assert np.abs(np.array(viewer.crosshair) - expected)[in_plane].max() < 0.01, (pane.picture.plane, step)
    ijk = np.rint(np.linalg.solve(affine, [*viewer.crosshair, 1.0])[:3]).astype(int)
    if pane.entry is window.study.selected:
        assert f"voxel {ijk[0]} {ijk[1]} {ijk[2]} · " in window.status.place.text()
    pane_shows(pane, where, data, affine)


def pane_shows(pane, where: QPoint, data, affine) -> None:
    """The grey at a pixel is that of the voxel below its middle; a middle on a border may show either side."""
    near = (0.45, 0.55)
    corners = [pane.picture.ras_at(where.x() + x, where.y() + y, pane.extent) for x in near for y in near]
    voxels = {tuple(np.rint(np.linalg.solve(affine, [*ras, 1.0])[:3]).astype(int)) for ras in corners}
    inside = [ijk for ijk in voxels if all(0 <= i < side for i, side in zip(ijk, data.shape, strict=True))]
    if len(inside) == len(voxels):
        seen = {int(to_grey(data[ijk][None, None], pane.entry.window_level)[0, 0]) for ijk in inside}
        assert voxel_on_screen(pane, where) in seen


def voxel_on_screen(pane, where: QPoint) -> int:
    """The grey that the reader sees at a pixel."""
    pane.repaint()
    return pane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32).pixelColor(where).red()


def read_everywhere(qtbot, window, path: Path, straight: bool = True) -> None:
    """Letters and clicks in every pane, in both conventions."""
    data, affine = truth(path)
    for radiological in (True, False):
        window.viewer.radiological = radiological
        for pane in shown_planes(window):
            assert letters_of(pane) == LETTERS[pane.picture.plane, radiological]
            for step in STEPS:
                window.viewer.reset()
                window.grid.refresh()
                check_click(qtbot, window, pane, data, affine, step, straight)


@pytest.fixture
def bare(window):
    """The window with nothing drawn over the voxels, and the voxels as they are."""
    window.viewer.annotations = window.viewer.interpolate = False
    return window


@pytest.mark.parametrize("first", "RLAPSI")
def test_a_click_reads_its_voxel_in_every_axis_order(qtbot, bare, data: Path, open_scans, first: str):
    files = sorted((data / "orientation" / "niftispace").glob(f"{first}*.nii.gz"))
    assert len(files) == 4
    for path in files:
        open_scans(path)
        read_everywhere(qtbot, bare, path)
        bare.remove()
        assert bare.study.entries == ()


def test_layouts_change_nothing_of_it(qtbot, bare, data: Path, open_scans):
    one, other = (data / "orientation" / "niftispace" / f"{name}.nii.gz" for name in ("PIR", "RSP"))
    open_scans(one, other)
    bare.study.selected = bare.study.entries[0]
    for plane in Plane:
        bare.viewing.four_up()
        bare.viewing.show_only(plane)
        (pane,) = shown_planes(bare)
        assert pane.picture.plane is plane
        read_everywhere(qtbot, bare, one)
    bare.viewing.four_up()
    bare.viewing.compare()
    assert bare.viewer.layout is Layout.COMPARE
    panes = shown_planes(bare)
    for pane in panes:
        path = one if pane.entry is bare.study.entries[0] else other
        assert letters_of(pane) == LETTERS[pane.picture.plane, bare.viewer.radiological]
        for step in STEPS:
            check_click(qtbot, bare, pane, *truth(path), step)


@pytest.mark.parametrize("name", ["avg152T1_RL_nifti", "low_res"])
def test_odd_but_straight_files(qtbot, bare, data: Path, open_scans, name: str):
    path = data / "orientation" / "odd" / f"{name}.nii.gz"
    open_scans(path)
    read_everywhere(qtbot, bare, path)


def test_the_l_that_is_burned_in_stands_where_the_letter_says(qtbot, bare, data: Path, open_scans):
    open_scans(data / "orientation" / "odd" / "avg152T1_RL_nifti.nii.gz")
    for radiological in (True, False):
        bare.viewer.radiological = radiological
        bare.viewer.crosshair = (0.0, -52.0, 18.0)
        pane = pane_of(bare, Plane.AXIAL)
        bright, across = (pane.picture.pixel_of((x, -52.0, 18.0), pane.extent) for x in (-60.0, 60.0))
        assert (bright[0] > pane.width() / 2) is radiological
        assert voxel_on_screen(pane, QPoint(*map(round, bright))) > voxel_on_screen(pane, QPoint(*map(round, across)))
        assert (letters_of(pane)[1] == "L") is radiological


@pytest.mark.parametrize("plane", Plane)
def test_shear_picks_the_world_point_of_its_sform(qtbot, bare, data: Path, open_scans, plane: Plane):
    """Within half a voxel, in every plane: the affine is used whole, never straightened."""
    path = data / "orientation" / "odd" / "shear.nii.gz"
    open_scans(path)
    voxels, sform = truth(path)
    assert np.allclose(sform, load(path).get_sform())
    rng = np.random.default_rng(0)
    for ijk in rng.integers(np.array(voxels.shape) // 4, 3 * np.array(voxels.shape) // 4, (6, 3)):
        ras = tuple(float(v) for v in (sform @ [*ijk, 1.0])[:3])
        bare.viewer.crosshair = ras
        bare.viewer.frame(plane, Framing(8.0, tuple(np.subtract(ras, bare.viewer.field.centre))))
        pane = pane_of(bare, plane)
        where = QPoint(*(int(v) for v in pane.picture.pixel_of(ras, pane.extent)))
        qtbot.mouseClick(pane, LEFT, pos=where)
        off = np.abs(np.linalg.solve(sform, [*bare.viewer.crosshair, 1.0])[:3] - ijk)
        assert off.max() <= 0.5, f"{plane}, voxel {ijk}"
        pane_shows(pane, where, voxels, sform)


def test_every_format_reads_the_same_at_the_same_click(qtbot, bare, data: Path, open_scans):
    folder = data / "orientation" / "formats"
    answers = []
    for name in ("mgh.mgz", "mha.mha", "nrrd.nhdr", "DICOM.zip"):
        open_scans(folder / name)
        shown_planes(bare)
        for plane in Plane:
            bare.viewer.reset()
            pane = pane_of(bare, plane)
            volume = bare.study.selected.scan.volume
            check_click(qtbot, bare, pane, volume.data, volume.affine, (20, -15), straight=False)
            answers.append((plane, bare.viewer.crosshair, letters_of(pane)))
        bare.remove()
    for answer in answers[3:]:
        plane, crosshair, letters = next(one for one in answers[:3] if one[0] is answer[0])
        assert answer[1] == pytest.approx(crosshair, abs=0.01) and answer[2] == letters


def test_unknown_orientation_has_no_letters_and_says_so_in_both_conventions(qtbot, bare, data: Path, open_scans):
    path = data / "orientation" / "odd" / "minimal.nii.gz"
    open_scans(path)
    for radiological in (True, False):
        bare.viewer.radiological = radiological
        assert [pane.picture.letters for pane in shown_planes(bare)] == [None] * 3
        bare.status.refresh()
        assert "unknown" in bare.status.convention.text()


def test_an_oblique_scan_is_shown_along_its_own_slices_and_the_letters_say_how_it_is_turned(
    qtbot, bare, open_scans, tmp_path
):
    """Turned by 30 degrees about S and then R: each edge names the patient's side that lies nearest, then the next."""

    path = write_phantom(tmp_path / "turned_t1.nii.gz", phantom(rotation=30))
    open_scans(path)
    _, affine = truth(path)
    for plane in Plane:
        pane = pane_of(bare, plane)
        said = pane.picture.letters
        middle = np.array(pane.picture.ras_at(pane.width() / 2, pane.height() / 2, pane.extent))
        edges = ((0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1))
        for (x, y), word in zip(edges, (said.left, said.right, said.top, said.bottom), strict=True):
            edge = np.array(pane.picture.ras_at(x * pane.width(), y * pane.height(), pane.extent))
            direction = (edge - middle) / np.linalg.norm(edge - middle)
            strengths = [direction[TOWARDS[letter][0]] * TOWARDS[letter][1] for letter in word]
            assert len(word) in (2, 3) and strengths == sorted(strengths, reverse=True) and min(strengths) > 0.3
            assert strengths[0] == pytest.approx(np.abs(direction).max())
        normal = np.linalg.inv(affine)[pane.picture.plate.normal, :3]
        seen = [pane.picture.ras_at(x, y, pane.extent) for x, y in ((10, 10), (90, 20), (30, 110))]
        assert np.ptp([np.dot(normal, ras) for ras in seen]) < 1e-6, "one slice of voxels, not cut across"


def test_turning_zooming_and_panning_keep_the_voxel_under_the_pointer(qtbot, bare, data: Path, open_scans):
    path = data / "orientation" / "niftispace" / "ILP.nii.gz"
    open_scans(path)
    voxels, affine = truth(path)
    pane = pane_of(bare, Plane.CORONAL)
    pane.setFocus()
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_L, Qt.Key.Key_Minus):
        qtbot.keyClick(pane, key)
        bare.grid.refresh()
        check_click(qtbot, bare, pane, voxels, affine, (17, 11))
