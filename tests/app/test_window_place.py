"""The window stands where it was left."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow

from app.state.preferences import Preferences
from app.window_place import note, put_back


def test_size_and_place_come_back(qtbot):
    preferences, first, second = Preferences(), QMainWindow(), QMainWindow()
    for window in (first, second):
        qtbot.addWidget(window)
    first.setGeometry(40, 50, 700, 500)
    first.show()
    QApplication.processEvents()
    note(first, preferences)
    put_back(second, preferences)
    assert second.size() == first.size() and second.geometry().topLeft() == first.geometry().topLeft()


@pytest.mark.parametrize("geometry", ["", "not base64 ÿ", "AdnQywADAAA="])
def test_the_first_time_it_fits_the_screen(qtbot, geometry):
    window = QMainWindow()
    qtbot.addWidget(window)
    put_back(window, Preferences(geometry=geometry))
    room = window.screen().availableSize()
    assert room.width() * 0.5 < window.width() <= min(room.width(), 1440)
    assert room.height() * 0.5 < window.height() <= min(room.height(), 900)
