"""The menu of a row of the study list, and what each line of it does."""

from __future__ import annotations

import weakref

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from app.state.viewer import Layout
from app.widgets.details_dialog import DetailsDialog
from engine.modality import Modality
from tests.phantoms import phantom, write_phantom

RIGHT, LEFT = Qt.MouseButton.RightButton, Qt.MouseButton.LeftButton


@pytest.fixture
def study(qtbot, window, head, tmp_path, open_scans):
    """A T1, its synthetic T2, and a real T2."""
    open_scans(head, write_phantom(tmp_path / "head_t2.nii.gz", phantom(modality=Modality.T2)))
    window.study.selected = window.study.entries[0]
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    return window


def line(menu, *path):
    for words in path:
        action = next(action for action in menu.actions() if action.text() == words)
        menu = action.menu()
    return action


def test_a_right_click_on_a_row_opens_its_menu(qtbot, study):
    rows = study.list.rows
    where = rows.visualItemRect(rows.item(1)).center()
    rows.customContextMenuRequested.emit(where)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == ["Compare with", "Export NIfTI…", "Save report…", "Details…", "Remove from the list"]
    menu.close()


def test_a_real_scan_can_be_given_another_contrast_and_not_be_exported(study):
    entry = study.study.entries[0]
    menu = study.study_menu.menu(entry)
    assert "Export NIfTI…" not in [action.text() for action in menu.actions()]
    assert line(menu, "Contrast", "T1").isChecked()
    line(menu, "Contrast", "FLAIR").trigger()
    assert entry.contrast == "FLAIR" and study.list.rows.item(0).data(Qt.ItemDataRole.AccessibleTextRole)[:5] == "FLAIR"


def test_the_contrast_of_a_result_is_not_the_readers_to_change(study):
    menu = study.study_menu.menu(study.study.entries[1])
    assert "Contrast" not in [action.text() for action in menu.actions()]


def test_any_two_scans_can_be_compared_real_on_the_left(study):
    source, made, real = study.study.entries
    study.viewing.four_up()
    line(study.study_menu.menu(made), "Compare with", real.title).trigger()
    assert study.study.compared == (real, made) and study.viewer.layout is Layout.COMPARE
    line(study.study_menu.menu(source), "Compare with", real.title).trigger()
    assert study.study.compared == (source, real)


def test_details_are_shown_and_can_be_copied(study):
    line(study.study_menu.menu(study.study.entries[1]), "Details…").trigger()
    dialog = study.findChild(DetailsDialog)
    words = [label.text() for label in dialog.findChildren(QLabel)]
    assert words[0] == "SYNTHETIC T2 - AI - not for diagnosis" and "synthetic T2 from T1" in words
    dialog.close()


def test_a_row_can_be_removed(study):
    line(study.study_menu.menu(study.study.entries[1]), "Remove from the list").trigger()
    assert [entry.scan.synthetic for entry in study.study.entries] == [False, False]


def test_a_result_says_that_it_is_not_exported_until_it_is(study, tmp_path):
    made = study.study.entries[1]
    rows = study.list.rows
    before = rows.grab(rows.visualItemRect(rows.item(1))).toImage()
    made.saved = tmp_path / "there.nii.gz"
    after = rows.grab(rows.visualItemRect(rows.item(1))).toImage()
    wide, high = after.width(), after.height()
    assert before.copy(4, 4, wide - 4, high - 10) == after.copy(4, 4, wide - 4, high - 10)
    below = before.copy(4, high - 4, wide - 4, before.height() - high)
    assert len({below.pixel(x, y) for x in range(below.width()) for y in range(below.height())}) > 1


def opened(study, entry) -> QWidget:
    """The menu of an entry, on screen."""
    study.study_menu.open(entry, study.mapToGlobal(study.rect().center()))
    menu = QApplication.activePopupWidget()
    assert menu is not None
    return menu


def test_a_scan_is_freed_though_its_menu_was_seen(qtbot, study):
    opened(study, study.study.entries[2]).close()
    voxels = weakref.ref(study.study.entries[2].scan.volume)
    study.study.remove(study.study.entries[2])
    study.study.history.done = ()
    qtbot.waitUntil(lambda: voxels() is None)


def test_what_is_clicked_in_a_menu_happens_and_the_menu_is_gone(qtbot, study):
    before = len(study.findChildren(QMenu))
    menu = opened(study, study.study.entries[1])
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(line(menu, "Remove from the list")).center())
    assert [entry.scan.synthetic for entry in study.study.entries] == [False, False]
    qtbot.waitUntil(lambda: len(study.findChildren(QMenu)) == before)
