"""Trying to get a picture of synthetic data out of the program without its mark."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractItemView, QApplication

from app.faults import anonymous
from app.state.mixed import Blend
from app.state.viewer import VIEWS, Layout, Plane
from engine.modality import Modality
from tests.app.test_badge import amber, is_badged, shown_panes
from tests.phantoms import phantom, write_phantom

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def both(qtbot, window, head, open_scans):
    """A T1 and a T2 made from it, of three samples, every annotation hidden."""
    open_scans(head)
    window.orders.samples = 3
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    window.viewer.annotations = window.viewer.show_crosshair = False
    return window


@pytest.mark.parametrize("blend", list(Blend), ids=lambda blend: blend.name)
def test_every_way_of_comparing_is_marked_where_synthetic_data_goes_in(both, blend):
    both.viewer.layout = Layout.COMPARE
    both.comparing.blend = blend
    both.comparing.flicker = blend is Blend.FLICKER
    both.grid.refresh()
    QApplication.processEvents()
    panes = shown_panes(both)
    holds_synthetic = [pane.picture.mixed is not None or pane.picture.scan.synthetic for pane in panes]
    assert any(holds_synthetic)
    assert [is_badged(pane.grab().toImage()) for pane in panes] == holds_synthetic


@pytest.mark.parametrize("size", [QSize(1600, 1000), QSize(900, 560), QSize(700, 420)])
@pytest.mark.parametrize("only", [None, *VIEWS])
def test_a_grab_of_the_whole_window_holds_the_mark_of_every_pane(both, size, only):
    both.study.selected = both.study.entries[1]
    both.viewing.four_up()
    both.viewer.only = only
    both.resize(size)
    panes = shown_panes(both)
    QApplication.processEvents()
    image = both.grab().toImage()
    for pane in panes:
        corner = pane.mapTo(both, pane.rect().topLeft())
        assert is_badged(image.copy(corner.x(), corner.y(), pane.width(), pane.height()))


def test_copying_and_saving_keep_it_whatever_is_hidden(qtbot, both, tmp_path, monkeypatch):
    both.viewer.layout = Layout.COMPARE
    both.viewer.frame(Plane.AXIAL, type(both.viewer.framing[0])(zoom=15.0, shift=(20.0, 10.0, 0.0)))
    both.grid.refresh()
    QApplication.processEvents()
    qtbot.keyClick(both, Qt.Key.Key_C, CONTROL)
    monkeypatch.setattr(both.pictures, "_choose", lambda: (tmp_path / "views.png", 2.0))
    qtbot.keyClick(both, Qt.Key.Key_P, CONTROL)
    for image in (QGuiApplication.clipboard().image(), QImage(str(tmp_path / "views.png"))):
        found = amber(image)
        assert found[:, found.shape[1] // 2 + 4 :].sum() > 4000 * (image.width() / both.grid.width()) ** 2 / 2


def test_nothing_can_be_dragged_out(both):
    assert both.list.rows.dragDropMode() is QAbstractItemView.DragDropMode.NoDragDrop
    assert not both.list.rows.dragEnabled()


def test_a_synthetic_row_says_so_in_words_and_colour(both):
    rows = both.list.rows
    real, made = (rows.grab(rows.visualItemRect(rows.item(row))).toImage() for row in (0, 1))
    assert amber(made).any() and not amber(real).any()
    assert "synthetic" in rows.item(1).data(Qt.ItemDataRole.AccessibleTextRole)


def test_an_export_under_another_name_comes_back_marked(qtbot, both, tmp_path, monkeypatch, open_scans):
    monkeypatch.setattr(both.exporting, "_choose", lambda *asked: asked[-1](tmp_path))
    both.export()
    made = both.study.entries[1]
    qtbot.waitUntil(lambda: not made.unsaved)
    renamed = tmp_path / "innocent.nii.gz"
    made.saved.rename(renamed)
    open_scans(renamed)
    again = both.study.entries[-1]
    assert again.scan.synthetic and again.scan.modality is Modality.T2
    both.study.selected = again
    both.viewing.four_up()
    assert all(is_badged(pane.grab().toImage()) for pane in shown_panes(both))
    assert (again.window_level.window, again.window_level.level) == (
        1000.0,
        500.0,
    ) or again.scan.volume.data.max() < 300


def test_the_log_names_nobody(tmp_path):
    folder = tmp_path / "Doe_Jane"
    folder.mkdir()
    path = write_phantom(folder / "DoeJane_t1.nii.gz", phantom())
    told = anonymous(f"Error in {path}: {path.name} and DoeJane_t1", [str(path)])
    assert "Doe" not in told and told.count("<") >= 2
