"""What must be said of a scan stands in the panel before the click, and with the result afterwards."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from app.state.details import details
from engine.modality import Modality
from tests.phantoms import phantom, write_phantom


def test_cautions_stand_above_the_buttons_and_follow_the_scan(qtbot, window, tmp_path, open_scans):
    assert not window.panel.cautions.isVisible()
    sound = write_phantom(tmp_path / "sound_t1.nii.gz", phantom((60, 72, 60), (3.0, 3.0, 3.0)))
    open_scans(sound, write_phantom(tmp_path / "thick_t1.nii.gz", phantom((60, 72, 30), (3.0, 3.0, 6.0))))
    assert not window.panel.cautions.isVisible()
    window.study.selected = window.study.entries[1]
    assert window.panel.cautions.text() == "The voxels are coarse (3 x 3 x 6 mm): what is finer than 6 mm is guessed."
    assert window.panel.cautions.isVisible()
    below = window.panel.targets[Modality.T2].mapTo(window.panel, window.panel.targets[Modality.T2].rect().topLeft())
    assert window.panel.cautions.geometry().bottom() < below.y()
    window.study.selected = window.study.entries[0]
    assert not window.panel.cautions.isVisible()


def test_a_contrast_that_the_header_contradicts_is_said_as_soon_as_it_is_chosen(qtbot, window, head, open_scans):
    open_scans(head)
    assert "taken for" not in window.panel.cautions.text()
    window.study.name_modality(window.study.entries[0], Modality.T2)
    assert "taken for T2, and its name says T1" in window.panel.cautions.text()


def test_the_cautions_of_a_result_stand_in_its_details(qtbot, window, model, head, open_scans):
    made = model.translate

    def translate(scan, request):
        results = yield from made(scan, request)
        return tuple(replace(result, warnings=("No brain is seen.",)) for result in results)

    window.synthesizing._translate = translate
    open_scans(head)
    qtbot.mouseClick(window.panel.targets[Modality.T2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert ("Warnings", "No brain is seen.") in details(window.study.entries[1])
    assert "No brain is seen." in window.panel.message.text()
