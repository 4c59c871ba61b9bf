"""From results to files: one or all, asked before anything is replaced, told where they went."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from engine.files import read
from engine.modality import Modality

LEFT, CONTROL, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def results(qtbot, window, head, tmp_path, open_scans, monkeypatch):
    """A study with a T2, a FLAIR and a second T2; exports go into a folder of their own."""
    open_scans(head)
    for targets in ((Modality.T2, Modality.FLAIR), (Modality.T2,)):
        before = len(window.study.entries)
        window.synthesizing.order(window.study.entries[0], targets)
        window.orders.seed = 7
        qtbot.waitUntil(lambda before=before: len(window.study.entries) > before)
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.setattr(window.exporting, "_choose", lambda _: folder)
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_all_results_at_once_and_none_replaces_another(qtbot, window, results):
    assert [entry.unsaved for entry in window.study.entries] == [False, True, True, True]
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: not any(entry.unsaved for entry in window.study.entries))
    volumes = [name for name in names(results) if name.endswith(".nii.gz")]
    assert volumes == [
        "head_t1_desc-synth_FLAIR.nii.gz",
        "head_t1_desc-synth_T2w.nii.gz",
        "head_t1_desc-synth_run-2_T2w.nii.gz",
    ]
    assert len(names(results)) == 6
    seeds = [json.loads((results / f"head_t1_desc-synth_{run}T2w.json").read_text())["Seed"] for run in ("", "run-2_")]
    assert seeds == [0, 7]
    again = read(results / volumes[2])
    assert again.synthetic and again.modality is Modality.T2
    assert window.study.find_source(again) is window.study.entries[0]


def test_it_is_said_where_they_went_and_the_folder_opens(qtbot, window, results, monkeypatch):
    qtbot.mouseClick(window.panel.export_button, LEFT)
    qtbot.waitUntil(lambda: "Exported head_t1_desc-synth_T2w.nii.gz" in window.panel.news.text())
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url))
    assert window.panel.news.show_folder.isVisible()
    qtbot.mouseClick(window.panel.news.show_folder, LEFT)
    assert opened == [QUrl.fromLocalFile(str(results))]


def test_what_is_there_already_is_asked_about_once_for_all(qtbot, window, results):
    for name in ("head_t1_desc-synth_T2w.nii.gz", "head_t1_desc-synth_FLAIR.nii.gz"):
        (results / name).write_bytes(b"mine")
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL | SHIFT)
    assert "2 of the files are there already." in window.banner.label.text()
    qtbot.wait(50)
    assert len(names(results)) == 2 and (results / "head_t1_desc-synth_T2w.nii.gz").read_bytes() == b"mine"
    qtbot.mouseClick(window.banner.answer, LEFT)
    qtbot.waitUntil(lambda: not any(entry.unsaved for entry in window.study.entries))
    assert read(results / "head_t1_desc-synth_T2w.nii.gz").synthetic


def test_without_results_there_is_nothing_to_export(qtbot, window, head, open_scans):
    open_scans(head)
    assert not window.acts["export-all"].isEnabled()
    window.exporting.export_all(window.study.entries)
    assert "no result to export" in window.banner.label.text()


def test_several_samples_export_their_uncertainty(qtbot, window, head, open_scans, tmp_path, monkeypatch):
    open_scans(head)
    window.orders.samples = 3
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    made = window.study.entries[1]
    assert made.uncertainty is not None and made.uncertainty.data.max() == 12
    monkeypatch.setattr(window.exporting, "_choose", lambda _: tmp_path)
    qtbot.mouseClick(window.panel.export_button, LEFT)
    qtbot.waitUntil(lambda: not made.unsaved)
    spread = read(tmp_path / "head_t1_desc-uncertainty_T2w.nii.gz")
    assert spread.synthetic and spread.volume.data.max() == 12
    assert "uncertainty" in window.panel.news.text()
