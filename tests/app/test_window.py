"""The way of every day through the real window, with real events: open, scroll, synthesize, compare, export."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu

from app.actions import ACTIONS, bindings
from app.state.viewer import Framing, Layout, LeftButton, Plane
from app.widgets.binding_sheet import BindingSheet
from engine.errors import RespinError
from engine.files import read
from engine.modality import Modality
from tests.phantoms import lesion_ras, phantom, write_phantom

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def pane_of(window, plane, side=0):
    window.grid.refresh()
    shown = [p for p in window.grid.panes if p.isVisible() and p.picture and p.picture.plane is plane]
    return shown[side]


def index_of(window, plane):
    return pane_of(window, plane).picture.index


def turn_wheel(pane, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    middle = QPointF(pane.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(pane.mapToGlobal(pane.rect().center())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane, event)


def drag(qtbot, pane, button, start, end):
    qtbot.mousePress(pane, button, pos=start)
    qtbot.mouseMove(pane, QPoint((start.x() + end.x()) // 2, (start.y() + end.y()) // 2))
    qtbot.mouseMove(pane, end)
    qtbot.mouseRelease(pane, button, pos=end)


def synthesize(qtbot, window, target=Modality.T2):
    before = len(window.study.entries)
    qtbot.mouseClick(window.panel.targets[target], LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == before + 1)
    window.grid.refresh()


def test_the_whole_way(qtbot, window, model, head, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(head)], ""))
    qtbot.keyClick(window, Qt.Key.Key_O, CONTROL)
    qtbot.waitUntil(lambda: window.study.selected is not None)
    assert window.panel.source.currentText() == "T1"

    before = index_of(window, Plane.AXIAL)
    turn_wheel(pane_of(window, Plane.AXIAL), 1)
    turn_wheel(pane_of(window, Plane.AXIAL), -1, SHIFT)
    assert index_of(window, Plane.AXIAL) == before + 1 - 5

    synthesize(qtbot, window)
    source, result = window.study.entries
    assert result.source is source and result.scan.synthetic
    assert model.requests[0][1].targets == (Modality.T2,)
    assert window.viewer.layout is Layout.COMPARE and window.study.compared == (source, result)
    assert [pane_of(window, p, side).entry for p in (Plane.AXIAL, Plane.SAGITTAL) for side in (0, 1)] == [
        source,
        result,
        source,
        result,
    ]

    monkeypatch.setattr(window.exporting, "_choose", lambda *asked: asked[-1](tmp_path))
    qtbot.mouseClick(window.panel.export_button, LEFT)
    written = tmp_path / "head_t1_desc-synth_T2w.nii.gz"
    qtbot.waitUntil(written.exists)
    qtbot.waitUntil(lambda: result.saved == written)
    again = read(written)
    assert again.synthetic and np.array_equal(again.volume.affine, read(head).volume.affine)


def test_result_and_source_are_linked(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window)
    left, right = pane_of(window, Plane.AXIAL, 0), pane_of(window, Plane.AXIAL, 1)
    turn_wheel(right, 3)
    turn_wheel(left, 2, CONTROL)
    window.grid.refresh()
    assert left.picture.index == right.picture.index
    assert left.picture.to_pane(left.extent) == pytest.approx(right.picture.to_pane(right.extent), rel=0.02)


def test_a_click_on_the_lesion_finds_it_in_every_plane(qtbot, window, head, open_scans):
    open_scans(head)
    volume = window.study.selected.scan.volume
    mark = tuple(lesion_ras(volume))
    window.viewer.crosshair = (0.0, 0.0, mark[2])
    pane = pane_of(window, Plane.AXIAL)
    x, y = pane.picture.pixel_of(mark, pane.extent)
    assert x < pane.width() / 2 and y < pane.height() / 2
    qtbot.mouseClick(pane, LEFT, pos=QPoint(int(x), int(y)))
    found = volume.ijk(window.viewer.crosshair)
    assert np.abs(found - volume.ijk(mark)).max() < 0.6
    window.status.refresh()
    assert window.status.place.text().startswith("voxel " + " ".join(str(round(v)) for v in found))


def test_dragging_with_each_button(qtbot, window, head, open_scans):
    open_scans(head)
    pane, entry = pane_of(window, Plane.AXIAL), window.study.selected
    start, end = QPoint(200, 200), QPoint(240, 170)
    chosen, crosshair = entry.window_level, window.viewer.crosshair
    drag(qtbot, pane, LEFT, start, end)
    assert entry.window_level.window > chosen.window and entry.window_level.level < chosen.level
    assert window.viewer.crosshair == crosshair
    drag(qtbot, pane, MIDDLE, start, end)
    assert window.viewer.framing[Plane.AXIAL.value].shift != (0.0, 0.0, 0.0)
    drag(qtbot, pane, RIGHT, start, end)
    assert window.viewer.framing[Plane.AXIAL.value].zoom > 1
    qtbot.mouseDClick(pane, LEFT, CONTROL, pos=start)
    assert entry.window_level == chosen
    qtbot.keyClick(pane, Qt.Key.Key_R)
    assert window.viewer.framing == (Framing(), Framing(), Framing())


def test_a_right_click_opens_the_menu_and_a_right_drag_does_not(qtbot, window, head, open_scans):
    open_scans(head)
    pane = pane_of(window, Plane.AXIAL)
    drag(qtbot, pane, RIGHT, QPoint(200, 200), QPoint(240, 170))
    assert QApplication.activePopupWidget() is None
    qtbot.mouseClick(pane, RIGHT, pos=QPoint(150, 150))
    menu, menus = QApplication.activePopupWidget(), len(window.findChildren(QMenu))
    assert menu is not None and "Auto window" in [action.text() for action in menu.actions()]
    menu.close()
    qtbot.waitUntil(lambda: len(window.findChildren(QMenu)) == menus - 2)  # its colours went with it


def test_escape_undoes_the_drag_in_progress(qtbot, window, head, open_scans):
    open_scans(head)
    pane, entry = pane_of(window, Plane.AXIAL), window.study.selected
    chosen = entry.window_level
    qtbot.mousePress(pane, LEFT, pos=QPoint(100, 100))
    qtbot.mouseMove(pane, QPoint(160, 120))
    qtbot.mouseMove(pane, QPoint(180, 120))
    assert entry.window_level != chosen
    qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert entry.window_level == chosen


def test_h_gives_the_crosshair_to_the_left_button(qtbot, window, head, open_scans):
    open_scans(head)
    pane, entry = pane_of(window, Plane.AXIAL), window.study.selected
    chosen = entry.window_level
    qtbot.keyClick(pane, Qt.Key.Key_H)
    assert window.viewer.left_button is LeftButton.CROSSHAIR
    window.status.refresh()
    assert window.status.hand.text() == "left drag: crosshair"
    drag(qtbot, pane, LEFT, QPoint(100, 100), QPoint(150, 120))
    expected = pane.picture.ras_at(150.5, 120.5, pane.extent)
    assert window.viewer.crosshair == pytest.approx(expected) and entry.window_level == chosen


def test_keys_change_layout_convention_and_slice(qtbot, window, head, open_scans):
    open_scans(head)
    pane = pane_of(window, Plane.AXIAL)
    before = pane.picture.index
    qtbot.keyClick(pane, Qt.Key.Key_Up)
    qtbot.keyClick(pane, Qt.Key.Key_PageDown)
    assert index_of(window, Plane.AXIAL) == before + 1 - 5
    qtbot.keyClick(pane, Qt.Key.Key_Home)
    assert index_of(window, Plane.AXIAL) == 0
    qtbot.keyClick(pane, Qt.Key.Key_L)
    assert pane_of(window, Plane.AXIAL).picture.letters.left == "L"
    window.status.refresh()
    assert window.status.convention.text() == "Neurological: patient's LEFT is on the LEFT"
    qtbot.keyClick(pane, Qt.Key.Key_C)
    window.grid.refresh()
    assert [p.picture.plane for p in window.grid.panes if p.isVisible()] == [Plane.CORONAL]
    qtbot.keyClick(window, Qt.Key.Key_4)
    window.grid.refresh()
    assert sum(p.isVisible() for p in window.grid.panes) == 3 and window.grid.volume.isVisible()


def test_a_double_click_makes_a_plane_large_and_back(qtbot, window, head, open_scans):
    open_scans(head)
    pane = pane_of(window, Plane.SAGITTAL)
    width = pane.width()
    qtbot.mouseDClick(pane, LEFT, pos=QPoint(60, 60))
    qtbot.waitUntil(lambda: pane_of(window, Plane.SAGITTAL).width() > 1.5 * width)
    qtbot.mouseDClick(pane_of(window, Plane.SAGITTAL), LEFT, pos=QPoint(60, 60))
    qtbot.waitUntil(lambda: pane_of(window, Plane.SAGITTAL).width() < 1.5 * width)


def test_dropped_files_open(qtbot, window, head):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(head))])
    action, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), action, mime, LEFT, no_key)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), action, mime, LEFT, no_key))
    qtbot.waitUntil(lambda: window.study.selected is not None)


def test_a_bad_file_is_one_sentence_and_costs_nothing_else(qtbot, window, head, tmp_path, open_scans):
    open_scans(head)
    bad = tmp_path / "broken.nii.gz"
    bad.write_bytes(b"not a scan at all")
    window.open([bad, tmp_path / "missing.nii"])
    qtbot.waitUntil(lambda: not window.files.busy)
    lines = window.banner.label.text().splitlines()
    assert window.banner.isVisible() and len(lines) == 2
    assert {line.split()[0] for line in lines} == {"broken.nii.gz", "missing.nii"}
    assert len(window.study.entries) == 1


def test_a_folder_opens_as_one_study(qtbot, window, tmp_path, open_scans):
    for modality in (Modality.T1, Modality.FLAIR):
        write_phantom(tmp_path / f"case_{modality.value}.nii.gz", phantom(modality=modality))
    window.open([tmp_path])
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert [entry.contrast for entry in window.study.entries] == ["T1", "FLAIR"]


def test_several_clicks_wait_in_line(qtbot, window, model, head, open_scans):
    open_scans(head)
    model.held = True
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.mouseClick(window.panel.targets[Modality.FLAIR], LEFT)
    qtbot.waitUntil(lambda: "step" in window.panel.orders.stage.text())
    assert [order.title for order in window.panel.orders.waiting] == [
        "FLAIR from T1"
    ] and window.panel.orders.bar.isVisible()
    model.held = False
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    assert [entry.contrast for entry in window.study.entries] == ["T1", "T2", "FLAIR"]
    assert not window.panel.orders.bar.isVisible()


def test_a_result_does_not_take_the_view_from_a_reader_who_has_gone_on(
    qtbot, window, model, head, tmp_path, open_scans
):
    open_scans(head, write_phantom(tmp_path / "other_t1.nii.gz", phantom(seed=1)))
    first, other = window.study.entries
    window.study.selected = first
    model.held = True
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    window.study.selected, window.viewer.layout = other, Layout.FOUR_UP
    model.held = False
    qtbot.waitUntil(lambda: len(window.study.entries) == 3, timeout=20_000)
    assert window.study.selected is other and window.viewer.layout is Layout.FOUR_UP
    assert window.study.entries[1].source is first and "T2 from T1 in" in window.panel.message.text()


def test_all_targets_are_one_order(qtbot, window, model, head, open_scans):
    open_scans(head)
    qtbot.mouseClick(window.panel.all_targets, LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    assert [request.targets for _, request in model.requests] == [(Modality.T2, Modality.FLAIR)]


def test_cancel_leaves_nothing_behind_and_the_next_order_runs(qtbot, window, model, head, open_scans):
    open_scans(head)
    model.held = True
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.waitUntil(lambda: window.orders.progress is not None)
    qtbot.mouseClick(window.panel.orders.cancel, LEFT)
    assert window.orders.waiting == () and window.panel.message.text().startswith("T2 from T1 cancelled.")
    model.held = False
    synthesize(qtbot, window, Modality.FLAIR)
    assert [entry.contrast for entry in window.study.entries] == ["T1", "FLAIR"]


def test_a_refusal_of_the_engine_is_shown_as_it_stands(qtbot, window, model, head, open_scans):
    open_scans(head)
    model.error = RespinError("The scan is constant: there is no brain to work on.")
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.label.text() == str(model.error)


def test_a_fault_of_ours_is_said_to_be_ours(qtbot, window, model, head, open_scans):
    open_scans(head)
    model.error = KeyError("encoder")
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.waitUntil(window.banner.isVisible)
    assert "the fault is ours: KeyError" in window.banner.label.text()


def test_settings_reach_the_request(qtbot, window, model, head, open_scans):
    open_scans(head)
    qtbot.mouseClick(window.panel.settings.fold, LEFT)
    window.panel.settings.samples.setValue(3)
    window.panel.settings.seed.setValue(7)
    preview = next(b for b in window.panel.findChildren(type(window.panel.orders.cancel)) if b.text() == "Preview")
    qtbot.mouseClick(preview, LEFT)
    synthesize(qtbot, window)
    request = model.requests[0][1]
    assert (request.samples, request.seed, request.mode.value) == (3, 7, "prior")


def test_the_reader_may_say_what_contrast_it_is(qtbot, window, tmp_path, open_scans):
    open_scans(write_phantom(tmp_path / "scan.nii.gz", phantom()))
    assert window.panel.targets == {} and "not recognised" in window.panel.message.text()
    box = window.panel.source
    box.setFocus()
    for _ in range(box.findData(Modality.FLAIR)):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert list(window.panel.targets) == [Modality.T1, Modality.T2]
    assert window.study.selected.contrast == "FLAIR"


def test_synthetic_data_as_a_source_asks_first(qtbot, window, model, tmp_path, open_scans):
    open_scans(write_phantom(tmp_path / "case_desc-synth_T1w.nii.gz", phantom()))
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    assert "synthetic itself" in window.banner.label.text() and model.requests == []
    qtbot.mouseClick(window.banner.answer, LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)


def test_a_real_scan_is_not_exported(qtbot, window, head, open_scans):
    open_scans(head)
    assert not window.panel.export_button.isEnabled() and not window.acts["export"].isEnabled()
    window.export()
    assert "Only a synthesis" in window.banner.label.text()


def test_unknown_orientation_is_said_in_banner_status_and_panes(qtbot, window, data: Path, open_scans):
    open_scans(data / "orientation" / "odd" / "minimal.nii.gz")
    assert "No letters of left and right are drawn" in window.banner.label.text()
    window.status.refresh()
    assert "unknown" in window.status.convention.text()
    assert pane_of(window, Plane.AXIAL).picture.letters is None


def test_removing_the_last_scan_leaves_an_empty_window(qtbot, window, head, open_scans):
    open_scans(head)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    window.grid.refresh()
    assert window.study.entries == () and not any(pane.isVisible() for pane in window.grid.panes)


def test_a_removed_result_is_not_compared_again(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window)
    source, made = window.study.entries
    assert window.viewer.layout is Layout.COMPARE
    window.study.remove(made)
    assert window.study.compared is None and window.study.selected is source and window.study.measured is None
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert window.study.compared == (source, made) and window.study.selected is made


def test_a_removed_scan_is_let_go_when_its_removal_cannot_be_undone(qtbot, window, head, tmp_path, open_scans):
    open_scans(head, write_phantom(tmp_path / "other_t2.nii.gz", phantom()))
    qtbot.waitUntil(lambda: window.grid.volume.entry is not None)
    qtbot.wait(300)
    gone = weakref.ref(window.study.selected.scan.volume)
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_Delete)
    window.grid.refresh()
    window.status.refresh()
    gc.collect()
    assert window.study.entries == () and gone() is None


def test_only_what_changed_is_painted_again(qtbot, window, head, open_scans):
    open_scans(head)
    axial, coronal = pane_of(window, Plane.AXIAL), pane_of(window, Plane.CORONAL)
    QApplication.processEvents()
    before = axial.paints, coronal.paints
    turn_wheel(axial, 1)
    qtbot.waitUntil(lambda: axial.paints > before[0])
    QApplication.processEvents()
    middle = coronal.paints
    window.grid.refresh()
    QApplication.processEvents()
    assert (axial.paints, coronal.paints) == (axial.paints, middle)
    window.viewer.frame(Plane.AXIAL, Framing(zoom=2))
    qtbot.waitUntil(lambda: axial.paints > before[0] + 1)
    assert coronal.paints == middle


def test_the_sheet_shows_every_key_of_the_table(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_Question)
    sheet = window.findChild(BindingSheet)
    words = {label.text() for label in sheet.findChildren(QLabel)}
    assert {key for key, _ in bindings()} <= words
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys)), "a key may do one thing only"


def test_space_presses_the_button_that_has_the_focus(qtbot, window, model, head, open_scans):
    open_scans(head)
    window.panel.targets[Modality.T2].setFocus()
    qtbot.keyClick(window.panel.targets[Modality.T2], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    pane = pane_of(window, Plane.AXIAL)
    pane.setFocus()
    window.viewer.frame(Plane.AXIAL, Framing(zoom=3))
    qtbot.keyClick(pane, Qt.Key.Key_Space)
    assert window.viewer.framing[Plane.AXIAL.value] == Framing()


def test_a_question_stays_until_it_is_answered(qtbot, window):
    agreed = []
    window.banner.ask("Really?", "Yes", lambda: agreed.append(True))
    window.banner.warn("And something went wrong.")
    qtbot.mouseClick(window.banner.answer, LEFT)
    assert agreed == [True] and not window.banner.answer.isVisible()
    assert "And something went wrong." in window.banner.label.text()


def test_going_between_scans_of_one_head_does_not_make_it_jump(qtbot, window, tmp_path, open_scans):
    for modality in (Modality.T1, Modality.T2):
        write_phantom(tmp_path / f"case_{modality.value}.nii.gz", phantom(modality=modality))
    open_scans(tmp_path / "case_t1.nii.gz", tmp_path / "case_t2.nii.gz")
    before = pane_of(window, Plane.AXIAL).picture
    window.list.rows.setCurrentRow(1)
    after = pane_of(window, Plane.AXIAL).picture
    assert after.scan is not before.scan
    assert (after.focus, after.fitted, after.crosshair) == (before.focus, before.fitted, before.crosshair)
