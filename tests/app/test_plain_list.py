"""Letters pressed in the study list are keys of the views."""

from PySide6.QtCore import Qt

from tests.app.test_window import synthesize


def test_f_flickers_while_the_list_has_the_keys(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window)
    window.list.rows.setFocus()
    row = window.list.rows.currentRow()
    qtbot.keyPress(window.list.rows, Qt.Key.Key_F)
    assert window.comparing.flicker
    qtbot.keyRelease(window.list.rows, Qt.Key.Key_F)
    assert not window.comparing.flicker and window.list.rows.currentRow() == row


def test_arrows_still_move_in_it(qtbot, window, head, open_scans):
    open_scans(head)
    synthesize(qtbot, window)
    window.list.rows.setFocus()
    window.list.rows.setCurrentRow(0)
    qtbot.keyClick(window.list.rows, Qt.Key.Key_Down)
    assert window.study.selected is window.study.entries[1]
