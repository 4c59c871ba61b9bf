"""Undo and redo by their keys, in the real window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from app.state.viewer import Layout, Plane
from engine.modality import Modality
from tests.app.test_window import CONTROL, LEFT, SHIFT, drag, pane_of, synthesize
from tests.phantoms import phantom, write_phantom

Z = Qt.Key.Key_Z


def undo(qtbot, window):
    qtbot.keyClick(window, Z, CONTROL)
    window.grid.refresh()


def redo(qtbot, window):
    qtbot.keyClick(window, Z, CONTROL | SHIFT)
    window.grid.refresh()


def test_a_drag_of_the_window_is_one_step_in_words(qtbot, window, head, open_scans):
    open_scans(head)
    entry, act = window.study.selected, window.acts["undo"]
    assert not act.isEnabled() and act.text() == "Undo"
    chosen = entry.window_level
    drag(qtbot, pane_of(window, Plane.AXIAL), LEFT, QPoint(200, 200), QPoint(260, 150))
    changed = entry.window_level
    assert act.text() == "Undo window/level" and act.isEnabled()
    undo(qtbot, window)
    assert entry.window_level == chosen and window.acts["redo"].text() == "Redo window/level"
    redo(qtbot, window)
    assert entry.window_level == changed


def test_a_cancelled_drag_leaves_no_step(qtbot, window, head, open_scans):
    open_scans(head)
    pane = pane_of(window, Plane.AXIAL)
    qtbot.mousePress(pane, LEFT, pos=QPoint(100, 100))
    qtbot.mouseMove(pane, QPoint(160, 120))
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    qtbot.mouseRelease(pane, LEFT, pos=QPoint(160, 120))
    assert not window.acts["undo"].isEnabled()


def test_layouts(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_4)
    for key in (Qt.Key.Key_C, Qt.Key.Key_3):
        qtbot.keyClick(window, key)
        undo(qtbot, window)
        assert (window.viewer.layout, window.viewer.only) == (Layout.FOUR_UP, None)
    qtbot.mouseDClick(window.grid.volume, LEFT)
    assert window.viewer.only == "volume"
    for _ in range(2):
        undo(qtbot, window)
    assert window.viewer.layout is Layout.COMPARE


def test_a_removed_scan_comes_back_to_its_place(qtbot, window, tmp_path, open_scans):
    for modality in (Modality.FLAIR, Modality.T1, Modality.T2):
        open_scans(write_phantom(tmp_path / f"case_{modality.value}.nii.gz", phantom(modality=modality)))
    flair, t1, t2 = window.study.entries
    window.study.selected, window.study.compared = t1, (t1, t2)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert window.study.entries == (flair, t2) and window.study.compared is None
    assert window.acts["undo"].text() == "Undo removal"
    undo(qtbot, window)
    assert window.study.entries == (flair, t1, t2)
    assert window.study.selected is t1 and window.study.compared == (t1, t2)
    redo(qtbot, window)
    assert window.study.entries == (flair, t2)


def test_what_was_opened_since_stays_when_a_removal_is_undone(qtbot, window, tmp_path, open_scans):
    paths = [write_phantom(tmp_path / f"case_{m}.nii.gz", phantom()) for m in ("t1", "t2", "flair")]
    open_scans(*paths[:2])
    first, second = window.study.entries
    window.study.selected = second
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    open_scans(paths[2])
    third = window.study.entries[-1]
    undo(qtbot, window)
    assert window.study.entries == (first, second, third)


def test_the_name_of_a_contrast(qtbot, window, head, open_scans):
    open_scans(head)
    entry = window.study.selected
    window.study.name_modality(entry, Modality.PD)
    assert window.acts["undo"].text() == "Undo contrast"
    undo(qtbot, window)
    assert entry.scan.modality is Modality.T1
    redo(qtbot, window)
    assert entry.scan.modality is Modality.PD


def test_keys_that_change_the_window_are_one_step(qtbot, window, head, open_scans):
    open_scans(head)
    pane, entry = pane_of(window, Plane.AXIAL), window.study.selected
    chosen = entry.window_level
    for _ in range(3):
        qtbot.keyClick(pane, Qt.Key.Key_Up, SHIFT)
    assert entry.window_level.level < chosen.level, "brighter"
    qtbot.keyClick(pane, Qt.Key.Key_Right, SHIFT)
    assert entry.window_level.window > chosen.window, "wider"
    undo(qtbot, window)
    assert entry.window_level == chosen


def test_a_measure_drawn_and_erased(qtbot, window, head, open_scans):
    open_scans(head)
    pane = pane_of(window, Plane.AXIAL)
    qtbot.keyClick(pane, Qt.Key.Key_M)
    drag(qtbot, pane, LEFT, QPoint(100, 100), QPoint(160, 140))
    (drawn,) = window.viewer.measures
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert window.viewer.measures == () and window.study.entries
    undo(qtbot, window)
    assert window.viewer.measures == (drawn,)
    undo(qtbot, window)
    assert window.viewer.measures == () and not window.acts["undo"].isEnabled()


def test_after_undoing_delete_means_the_measure_that_is_seen(qtbot, window, head, open_scans):
    open_scans(head)
    pane = pane_of(window, Plane.AXIAL)
    qtbot.keyClick(pane, Qt.Key.Key_M)
    drag(qtbot, pane, LEFT, QPoint(100, 100), QPoint(160, 140))
    (drawn,) = window.viewer.measures
    drag(qtbot, pane, LEFT, QPoint(160, 140), QPoint(180, 200))
    assert window.viewer.measures != (drawn,)
    undo(qtbot, window)
    assert window.viewer.chosen is drawn
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert window.viewer.measures == () and window.study.entries
    undo(qtbot, window)
    undo(qtbot, window)
    assert window.viewer.measures == () and window.viewer.chosen is None
