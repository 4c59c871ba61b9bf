"""Boxes to choose from and for numbers: letters and a passing wheel are not theirs, the ways of the keyboard are."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.modality import Modality
from tests.app.test_window import synthesize, turn_wheel
from tests.phantoms import phantom, write_phantom

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def boxes(qtbot, window, head, open_scans):
    """All boxes of the window, a result beside its source."""
    open_scans(head)
    synthesize(qtbot, window)
    window.panel.settings.fold.setChecked(True)
    QApplication.processEvents()
    return [*window.compare_bar.sides, window.panel.source, window.panel.settings.samples, window.panel.settings.seed]


def shown(boxes):
    return [box.value() if hasattr(box, "value") else box.currentText() for box in boxes]


def test_f_flickers_whichever_box_has_the_keys_and_chooses_nothing(qtbot, window, boxes):
    before = shown(boxes)
    for box in boxes[:3]:
        box.setFocus()
        qtbot.keyPress(box, Qt.Key.Key_F)
        assert window.comparing.flicker
        qtbot.keyRelease(box, Qt.Key.Key_F)
        assert not window.comparing.flicker
    assert shown(boxes) == before and window.study.entries[0].scan.modality is Modality.T1


def test_the_wheel_changes_no_box_that_it_merely_passes_over(window, boxes):
    window.panel.settings.samples.setValue(4)
    before = shown(boxes)
    window.grid.panes[0].setFocus()
    for box in boxes:
        for notches in (1, -1, -1):
            turn_wheel(box, notches)
        assert not box.hasFocus() and box.focusPolicy() is Qt.FocusPolicy.StrongFocus, "no wheel fetches the keys"
    assert shown(boxes) == before and window.study.entries[0].scan.modality is Modality.T1


def test_with_the_focus_the_wheel_and_the_arrows_choose(qtbot, window, boxes):
    *_, source, samples, _ = boxes
    for box in (source, samples):
        box.setFocus()
        turn_wheel(box, -1 if box is source else 1)
    assert window.study.entries[0].scan.modality is Modality.T1CE and window.orders.samples == 2
    source.setFocus()
    qtbot.keyClick(source, Qt.Key.Key_Up)
    assert window.study.entries[0].scan.modality is Modality.T1


@pytest.mark.parametrize(("key", "held"), [(Qt.Key.Key_Space, None), (Qt.Key.Key_F4, None), (Qt.Key.Key_Down, ALT)])
def test_the_list_opens_by_its_keys(qtbot, window, tmp_path, open_scans, key, held):
    open_scans(write_phantom(tmp_path / "scan.nii.gz", phantom()))
    box = window.panel.source
    box.setFocus()
    qtbot.keyClick(box, key, held or Qt.KeyboardModifier.NoModifier)
    qtbot.waitUntil(box.view().isVisible)
    for wanted in (Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(box.view(), wanted)
    qtbot.waitUntil(lambda: window.study.selected.scan.modality is Modality.T1)
