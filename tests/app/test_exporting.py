"""From results to files: one or all, asked before anything is replaced, told where they went."""

from __future__ import annotations

import json
from functools import partial

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from app.state.study import badge
from app.widgets.export_dialog import ExportDialog, ask_export
from engine.files import read
from engine.modality import Modality
from tests.dicom_phantoms import lay_out, series
from tests.phantoms import phantom

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
    monkeypatch.setattr(window.exporting, "_choose", lambda *asked: asked[-1](folder))
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
    qtbot.waitUntil(lambda: "as NIfTI" in window.panel.news.text())
    assert window.panel.news.text().splitlines() == [
        f"Exported one result as NIfTI to {results}:",
        "head_t1_desc-synth_run-2_T2w.nii.gz",
        "head_t1_desc-synth_run-2_T2w.json",
    ]
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url))
    assert window.panel.news.show_folder.isVisible()
    qtbot.mouseClick(window.panel.news.show_folder, LEFT)
    assert opened == [QUrl.fromLocalFile(str(results))]


def test_what_will_be_written_is_named_and_what_would_be_replaced(qtbot, window, results, monkeypatch):
    for name in ("head_t1_desc-synth_T2w.nii.gz", "head_t1_desc-synth_FLAIR.json"):
        (results / name).write_bytes(b"mine")
    monkeypatch.setattr(window.exporting, "_choose", partial(ask_export, window))

    def dialog():
        qtbot.keyClick(window, Qt.Key.Key_S, CONTROL | SHIFT)
        shown = window.findChildren(ExportDialog)[-1]
        shown.take(results)
        return shown

    first = dialog()
    rows = [first.files.item(row).text() for row in range(first.files.count())]
    assert sorted(row for row in rows if "replaced" not in row) == [
        "head_t1_desc-synth_FLAIR.nii.gz",
        "head_t1_desc-synth_T2w.json",
        "head_t1_desc-synth_run-2_T2w.json",
        "head_t1_desc-synth_run-2_T2w.nii.gz",
    ]
    assert len(rows) == 6 and first.go.text() == "Replace"
    qtbot.keyClick(first, Qt.Key.Key_Escape)
    assert len(names(results)) == 2 and (results / "head_t1_desc-synth_T2w.nii.gz").read_bytes() == b"mine"
    qtbot.keyClick(dialog(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not any(entry.unsaved for entry in window.study.entries))
    assert read(results / "head_t1_desc-synth_T2w.nii.gz").synthetic and len(names(results)) == 6


def test_a_second_result_of_one_name_lies_beside_the_first(qtbot, window, results):
    for entry in window.study.entries[1:]:
        window.exporting.export(entry)
        qtbot.waitUntil(lambda entry=entry: not entry.unsaved)
    assert len(names(results)) == 6
    assert "head_t1_desc-synth_run-2_T2w.nii.gz" in names(results)


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
    monkeypatch.setattr(window.exporting, "_choose", lambda *asked: asked[-1](tmp_path))
    qtbot.mouseClick(window.panel.export_button, LEFT)
    qtbot.waitUntil(lambda: not made.unsaved)
    spread = read(tmp_path / "head_t1_desc-uncertainty_T2w.nii.gz")
    assert spread.synthetic and spread.volume.data.max() == 12
    assert "head_t1_desc-uncertainty_T2w.nii.gz" in window.panel.news.text().splitlines()
    window.study.remove(made)
    open_scans(tmp_path / "head_t1_desc-uncertainty_T2w.nii.gz")
    again = window.study.entries[-1]
    assert again.title == "T2 uncertainty · from T1, reopened" and again.source is window.study.entries[0]
    window.study.selected = again
    assert window.study.measured is None and window.comparing.verdict is None


DICOM: dict = {"StudyInstanceUID": "1.2.3", "PatientName": "Doe^Jane", "SeriesDescription": "Ax T1"}


@pytest.fixture
def dicom_results(qtbot, window, head, tmp_path, open_scans, monkeypatch):
    """A T2 from a DICOM series and one from a file."""
    series_folder = lay_out(tmp_path / "series", series(phantom((12, 14, 10), (1, 1.5, 3), "LPS"), **DICOM))
    open_scans(series_folder, head)
    for number, entry in enumerate(window.study.entries):
        window.synthesizing.order(entry, (Modality.T2,))
        qtbot.waitUntil(lambda number=number: len(window.study.entries) == 3 + number)
    monkeypatch.setattr(window.exporting, "_choose", lambda *asked: asked[-1](tmp_path / "out"))
    return tmp_path / "out"


def test_a_result_of_dicom_leaves_as_dicom(qtbot, window, dicom_results):
    made = next(entry for entry in window.study.entries if entry.from_dicom)
    window.study.compared, window.study.selected = None, made
    assert window.panel.dicom.isVisible()
    qtbot.mouseClick(window.panel.dicom, LEFT)
    qtbot.waitUntil(lambda: not made.unsaved)
    assert names(dicom_results) == ["series_desc-synth_T2w"]
    assert window.panel.news.text().splitlines()[1:] == ["series_desc-synth_T2w"]
    window.open([made.saved])
    qtbot.waitUntil(lambda: len(window.study.entries) == 5)
    back = next(entry for entry in window.study.entries if entry.scan.path == made.saved)
    assert badge(back.scan) == "SYNTHETIC T2 - AI - not for diagnosis"
    assert back.source is window.study.entries[0]


def test_what_did_not_come_from_dicom_is_refused_in_one_sentence(qtbot, window, dicom_results):
    other = next(entry for entry in window.study.entries if entry.unsaved and not entry.from_dicom)
    window.study.compared, window.study.selected = None, other
    assert not window.panel.dicom.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL | Qt.KeyboardModifier.AltModifier)
    assert window.banner.label.text().count("head_t1.nii.gz did not come from DICOM") == 1
    assert not dicom_results.exists()


def test_all_as_dicom_writes_those_that_can_be(qtbot, window, dicom_results):
    window.acts["export-all-dicom"].trigger()
    qtbot.waitUntil(lambda: dicom_results.exists() and names(dicom_results) == ["series_desc-synth_T2w"])
    qtbot.waitUntil(lambda: [entry.unsaved for entry in window.study.entries].count(True) == 1)
    assert "head_t1.nii.gz did not come from DICOM" in window.banner.label.text()
