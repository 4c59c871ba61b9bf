"""The table of measures beside the window, and its way into the clipboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.render.palette import SYNTHETIC
from app.state.measuring import draw
from tests.app.test_grips import LINE, OVAL
from tests.app.test_window import LEFT
from tests.phantoms import phantom, write_phantom


@pytest.fixture
def table(qtbot, window, tmp_path, open_scans):
    open_scans(
        write_phantom(tmp_path / "case_t1.nii.gz", phantom()),
        write_phantom(tmp_path / "case_desc-synth_T2w.nii.gz", phantom()),
    )
    draw(window.viewer, LINE)
    draw(window.viewer, OVAL)
    qtbot.keyClick(window, Qt.Key.Key_N)
    shown = window.numbers.table
    qtbot.waitUntil(lambda: shown.table.rowCount() == 3)
    return shown


def test_rows_are_marked_chosen_and_erased(qtbot, window, table):
    assert table.table.item(2, 1).foreground().color() == SYNTHETIC
    assert table.table.item(1, 1).foreground().color() != SYNTHETIC
    assert table.table.currentRow() == 1, "the measure drawn last is the chosen one"
    table.table.selectRow(0)
    assert window.viewer.chosen is LINE
    qtbot.waitUntil(lambda: table.erase_button.isEnabled())
    qtbot.mouseClick(table.erase_button, LEFT)
    qtbot.waitUntil(lambda: table.table.rowCount() == 2)
    assert window.viewer.measures == (OVAL,)
    window.study.history.undo()
    assert window.viewer.measures == (LINE, OVAL)


def test_the_clipboard_gets_all_rows(qtbot, window, table):
    qtbot.mouseClick(table.copy_button, LEFT)
    assert QGuiApplication.clipboard().text().count("\n") == 4
    QGuiApplication.clipboard().clear()
    window.numbers.copy()
    assert "SYNTHETIC" in QGuiApplication.clipboard().text()


def test_all_measures_go_at_once_and_come_back(window, table):
    window.numbers.clear()
    assert window.viewer.measures == ()
    window.study.history.undo()
    assert window.viewer.measures == (LINE, OVAL)


def test_delete_without_a_chosen_measure_takes_nothing_from_the_table(qtbot, window, table):
    window.viewer.chosen = None
    qtbot.waitUntil(lambda: not table.erase_button.isEnabled())
    window.numbers.erase()
    assert len(window.viewer.measures) == 2 and len(window.study.entries) == 2


def test_the_next_head_does_not_inherit_measures(window, table):
    for entry in window.study.entries:
        assert len(window.viewer.measures) == 2
        window.study.remove(entry)
    assert window.viewer.measures == () and window.viewer.chosen is None
