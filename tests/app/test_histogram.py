"""Counts of the voxels that are not zero, of a scan and of a region; the window in the reader's hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.render.histogram_painter import across, intensity_at
from app.state.histogram import BINS, count, count_region, pulled
from app.state.measuring import draw
from app.state.region import inside
from app.state.viewer import Viewer
from app.state.window_level import WindowLevel
from engine.volume import Volume
from tests.app.test_badge import is_badged
from tests.app.test_grips import LINE, OVAL
from tests.app.test_window import LEFT
from tests.phantoms import phantom, write_phantom


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.uint8])
def test_every_voxel_that_is_not_zero_is_counted_once(kind):
    data = np.random.default_rng(0).integers(0, 200, (30, 31, 32)).astype(kind)
    found = count(Volume(data, np.eye(4)))
    assert found.counts.sum() == np.count_nonzero(data[data <= found.high])
    assert found.counts.sum() >= 0.999 * np.count_nonzero(data)
    width = (found.high - found.low) / len(found.counts)
    at = int((57 - found.low) / width)
    low, high = found.low + at * width, found.low + (at + 1) * width
    assert found.counts[at] == ((data >= low) & (data < high) & (data != 0)).sum()


def test_whole_numbers_do_not_make_a_comb():
    data = np.repeat(np.arange(1, 1001, dtype=np.int16), 8).reshape(20, 20, 20)
    found = count(Volume(data, np.eye(4)))
    assert len(found.counts) <= BINS
    assert found.counts[:-1].min() == found.counts[:-1].max()


@pytest.mark.parametrize("value", [0, 7])
def test_a_constant_scan_has_a_histogram(value):
    found = count(Volume(np.full((5, 5, 5), value, np.int16), np.eye(4)))
    assert found.counts.sum() == (125 if value else 0) and found.high > found.low


def test_what_is_not_a_number_is_left_out():
    data = np.ones((6, 6, 6), np.float32)
    data[0, 0, 0], data[1, 1, 1] = np.nan, np.inf
    assert count(Volume(data, np.eye(4))).counts.sum() == 214


def test_the_region_is_the_chosen_one_else_the_last():
    volume, viewer = phantom(), Viewer()
    whole = count(volume)
    assert count_region(whole, volume, viewer) is None
    draw(viewer, OVAL)
    draw(viewer, LINE)
    counts = count_region(whole, volume, viewer)
    values = inside(volume, OVAL.ellipse)
    assert counts is not None and counts.sum() == ((values >= whole.low) & (values <= whole.high)).sum() > 50


def test_edges_are_pulled_but_never_through_each_other():
    start = WindowLevel.between(100, 300)
    assert pulled(start, "low", 50) == WindowLevel.between(150, 300)
    assert pulled(start, "high", 50) == WindowLevel.between(100, 350)
    assert pulled(start, "level", 50) == WindowLevel.between(150, 350)
    assert pulled(start, "low", 900).window == pytest.approx(0.2)
    assert pulled(start, "high", -900).window == pytest.approx(0.2)


def test_pixels_and_intensities_are_each_others_way_back():
    found = count(phantom())
    assert intensity_at(found, across(found, 123.0, 400.0), 400.0) == pytest.approx(123.0)


def test_the_window_is_dragged_on_it_and_can_be_undone(qtbot, window, head, open_scans):
    open_scans(head)
    qtbot.keyClick(window, Qt.Key.Key_G)
    panel = window.numbers.histogram
    qtbot.waitUntil(lambda: panel.view.histogram is not None)
    entry, view = window.study.selected, panel.view
    before = entry.window_level
    edge = round(across(view.histogram, before.low + before.window, view.width()))
    qtbot.mousePress(view, LEFT, pos=QPoint(edge, 60))
    qtbot.mouseMove(view, QPoint(edge - 40, 60))
    qtbot.mouseRelease(view, LEFT, pos=QPoint(edge - 40, 60))
    assert entry.window_level.low == pytest.approx(before.low)
    assert entry.window_level.window < before.window
    window.study.history.undo()
    assert entry.window_level == before
    panel.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert entry.window_level.level > before.level and entry.window_level.window == pytest.approx(before.window)
    window.numbers.toggle_histogram()
    assert not panel.isVisible() and view.histogram is None


def test_the_histogram_of_synthetic_data_is_badged(qtbot, window, tmp_path, open_scans):
    open_scans(write_phantom(tmp_path / "case_desc-synth_T2w.nii.gz", phantom()))
    window.numbers.toggle_histogram()
    panel = window.numbers.histogram
    qtbot.waitUntil(lambda: panel.view.histogram is not None)
    assert is_badged(panel.view.grab().toImage())
    assert "arbitrary" in panel.words.text()
