"""Nothing is replaced unasked: not even by a name whose ending the reader left to the program."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from app.widgets.file_dialogs import ask_picture
from app.widgets.report_dialog import ReportDialog, ask_report


@pytest.fixture
def room(qtbot) -> QWidget:
    shown = QWidget()
    qtbot.addWidget(shown)
    return shown


@pytest.fixture
def typed(monkeypatch) -> list[tuple[str, str]]:
    """What the reader types into the dialog of the system, one time after the other, and which kind is chosen."""
    names: list[tuple[str, str]] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: names.pop(0))
    return names


@pytest.fixture
def answer(qtbot, room: QWidget):
    """Presses this button of the next question; the words of all that were asked."""
    asked: list[str] = []

    def press(button: QMessageBox.StandardButton) -> list[str]:
        def look() -> None:
            box = QApplication.activeModalWidget()
            if isinstance(box, QMessageBox):
                asked.append(box.text())
                box.button(button).click()

        watch = QTimer(room, interval=10)
        watch.timeout.connect(look)
        watch.start()
        return asked

    return press


def test_an_ending_that_is_put_behind_a_name_replaces_nothing_unasked(room, typed, answer, tmp_path: Path):
    there = tmp_path / "views.jpg"
    there.write_bytes(b"of last week")
    typed += [(str(tmp_path / "views"), "JPEG (*.jpg *.jpeg)"), (str(tmp_path / "others"), "JPEG (*.jpg *.jpeg)")]
    asked = answer(QMessageBox.StandardButton.No)
    assert ask_picture(room, tmp_path) == (tmp_path / "others.jpg", 1.0)
    assert asked == ["views.jpg is already there. Replace it?"]


def test_who_agrees_replaces_it(room, typed, answer, tmp_path: Path):
    (tmp_path / "views.png").write_bytes(b"of last week")
    typed.append((str(tmp_path / "views"), "PNG, twice the size (*.png)"))
    answer(QMessageBox.StandardButton.Yes)
    assert ask_picture(room, tmp_path) == (tmp_path / "views.png", 2.0)


def test_what_the_dialog_has_asked_about_is_not_asked_again(room, typed, answer, tmp_path: Path):
    (tmp_path / "views.png").write_bytes(b"of last week")
    typed.append((str(tmp_path / "views.png"), ""))
    asked = answer(QMessageBox.StandardButton.No)
    assert ask_picture(room, tmp_path) == (tmp_path / "views.png", 1.0) and asked == []


def test_a_report_replaces_nothing_unasked_either(room, typed, answer, tmp_path: Path, monkeypatch):
    (tmp_path / "report.html").write_bytes(b"of last week")
    monkeypatch.setattr(ReportDialog, "exec", lambda dialog: dialog.kinds[".html"].setChecked(True) or 1)
    typed += [(str(tmp_path / "report"), ""), ("", "")]
    asked = answer(QMessageBox.StandardButton.No)
    assert ask_report(room, tmp_path) is None
    assert asked == ["report.html is already there. Replace it?"]
