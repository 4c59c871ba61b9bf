"""The columns beside the views: shown, hidden, widened, and found again as they were left."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.state.preferences import Preferences
from app.widgets.columns import Columns
from engine.bundle import Bundle


def columns_of(window) -> Columns:
    return window.findChild(Columns)


def test_the_keys_hide_a_column_and_the_views_take_its_room(qtbot, window, head, open_scans):
    open_scans(head)
    before = window.grid.width()
    qtbot.keyClick(window, Qt.Key.Key_F7)
    qtbot.keyClick(window, Qt.Key.Key_F8)
    assert not window.list.isVisible() and not window.panel.isVisible()
    qtbot.waitUntil(lambda: window.grid.width() > before + 350)
    qtbot.keyClick(window, Qt.Key.Key_F7)
    assert window.list.isVisible() and not window.panel.isVisible()


def test_widths_and_hidden_columns_are_found_again(qtbot, window, model):
    columns_of(window).setSizes([300, 500, 400])
    columns_of(window).splitterMoved.emit(0, 1)
    window.viewer.panel_shown = False
    width = window.list.width()
    window.close()
    again = MainWindow(cast("Bundle", model), model.translate)
    qtbot.addWidget(again)
    again.resize(window.size())
    again.show()
    QApplication.processEvents()
    assert again.list.width() == pytest.approx(width, abs=3)
    assert again.list.isVisible() and not again.panel.isVisible()
    again.close()


@pytest.mark.parametrize("widths", ["", "wide", "12", "1 2 3", "-5 900000", "0 0"])
def test_nonsense_in_the_settings_leaves_a_usable_window(qtbot, window, widths):
    columns_of(window).remember(Preferences(widths=widths))
    QApplication.processEvents()
    assert 160 <= window.list.width() <= 420 and 160 <= window.panel.width() <= 420


def test_nothing_is_cut_off_on_a_small_screen(qtbot, window, head, open_scans):
    """1280 x 720, with room for the frame and a task bar."""
    open_scans(head)
    assert window.minimumSizeHint().width() <= 1280 and window.minimumSizeHint().height() <= 660
    window.resize(1280, 660)
    QApplication.processEvents()
    for widget in (window.list, window.grid, window.panel, window.status, window.panel.export_button):
        corner = widget.mapTo(window, widget.rect().bottomRight())
        assert window.rect().contains(corner) and widget.isVisible()
    assert window.grid.width() > 700
