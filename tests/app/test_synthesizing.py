"""What an order is made from: the scan as it was at the click, whatever stands in its row when its turn comes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.files import read
from engine.modality import Modality
from tests.app.test_opening import frames_file

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def film(window, tmp_path, open_scans):
    """A T1 in four frames, of which the first is open."""
    data = frames_file(tmp_path / "film_t1.nii.gz")
    open_scans(tmp_path / "film_t1.nii.gz@0")
    return data


def go_on(qtbot, window, frames: int) -> None:
    """So many frames on, while orders wait or not."""
    entry = window.study.entries[0]
    wanted = entry.scan.origin.frame + frames
    window.frames.step(entry, frames)
    qtbot.waitUntil(lambda: entry.scan.origin.frame == wanted and not window.files.busy)


def made_of(window) -> list[str]:
    return [entry.made_of.name for entry in window.study.entries[1:]]


def test_an_order_that_waits_is_made_from_the_frame_of_its_click(qtbot, window, model, film):
    model.held = True
    for target in (Modality.T2, Modality.FLAIR):
        qtbot.mouseClick(window.panel.targets[target], LEFT)
    go_on(qtbot, window, 2)
    model.held = False
    qtbot.waitUntil(lambda: len(window.study.entries) == 3)
    for scan, _ in model.requests:
        np.testing.assert_array_equal(scan.volume.data, film[..., 0])
    assert made_of(window) == ["film_t1_frame-0"] * 2
    assert [entry.scan.name for entry in window.study.entries[1:]] == [
        "film_t1_frame-0_desc-synth_T2w",
        "film_t1_frame-0_desc-synth_FLAIR",
    ]


def test_a_question_between_the_click_and_the_order_does_not_change_what_was_clicked(
    qtbot, window, model, film, monkeypatch
):
    asked = []
    monkeypatch.setattr(window.synthesizing, "_ask", lambda *question: asked.append(question))
    entry = window.study.entries[0]
    object.__setattr__(entry.scan, "synthetic", True)
    window.synthesizing.order(entry, (Modality.T2,))
    go_on(qtbot, window, 1)
    asked[0][-1]()
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert "film_t1_frame-0 is synthetic itself" in asked[0][0] and made_of(window) == ["film_t1_frame-0"]


def test_the_export_names_the_frame_that_it_was_made_from(qtbot, window, film, tmp_path, monkeypatch):
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    go_on(qtbot, window, 2)
    monkeypatch.setattr(window.exporting, "_choose", lambda *asked: asked[-1](tmp_path / "out"))
    window.export()
    qtbot.waitUntil(lambda: not window.study.entries[1].unsaved)
    stem = "film_t1_frame-0_desc-synth_T2w"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{stem}.json", f"{stem}.nii.gz"]
    assert json.loads((tmp_path / "out" / f"{stem}.json").read_text())["SourceModality"] == "T1"
    made = read(tmp_path / "out" / f"{stem}.nii.gz")
    np.testing.assert_array_equal(made.volume.data, film[..., 0].max() - film[..., 0])


def test_a_source_called_by_another_contrast_does_not_rename_what_was_made_from_it(qtbot, window, model, film):
    model.held = True
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    window.study.name_modality(window.study.entries[0], Modality.PD)
    model.held = False
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert window.study.entries[1].title == "T2 synthetic · from T1, standard"
