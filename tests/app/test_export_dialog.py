"""The dialog before an export, alone: names, folder, keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.state.outgoing import Outgoing
from app.widgets.export_dialog import ExportDialog


@pytest.fixture
def dialog(qtbot, tmp_path):
    def look(folder):
        return [Outgoing("a.nii.gz", replaces=folder.name == "old"), Outgoing("a.json")]

    parent = QWidget()
    qtbot.addWidget(parent)
    shown = ExportDialog("Export one result as NIfTI", tmp_path / "new", look, parent)
    shown.show()
    yield shown


def rows(dialog):
    return [dialog.files.item(row).text() for row in range(dialog.files.count())]


def test_enter_agrees_to_what_is_named(qtbot, dialog, tmp_path):
    assert rows(dialog) == ["a.nii.gz", "a.json"] and dialog.go.text() == "Export"
    assert dialog.place.text() == str(tmp_path / "new")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == ExportDialog.DialogCode.Accepted and dialog.folder == tmp_path / "new"


def test_another_folder_is_looked_into(qtbot, dialog, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "old"))
    qtbot.mouseClick(dialog.choose, Qt.MouseButton.LeftButton)
    assert dialog.folder == tmp_path / "old" and rows(dialog)[0] == "a.nii.gz · replaced"
    assert dialog.go.text() == "Replace"


def test_thinking_better_of_it_keeps_the_folder(qtbot, dialog, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    qtbot.mouseClick(dialog.choose, Qt.MouseButton.LeftButton)
    assert dialog.folder == tmp_path / "new"
