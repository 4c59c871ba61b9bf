"""What the panel says below its buttons of what is looked at."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from engine.modality import Modality
from tests.phantoms import phantom, write_phantom

UNKNOWN = "No ground truth: error unknown."


def test_the_error_is_unknown_as_long_as_no_real_target_is_open(qtbot, window, open_scans, tmp_path):
    open_scans(write_phantom(tmp_path / "Brats18_X_1_t1.nii.gz", phantom()))
    assert UNKNOWN not in window.panel.message.text()
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    assert window.panel.message.text() == f"T2 from T1 in 0 s.\n{UNKNOWN}"
    open_scans(write_phantom(tmp_path / "Brats18_X_1_t2.nii.gz", phantom(modality=Modality.T2)))
    window.study.selected = window.study.entries[1]
    assert window.panel.message.text() == "T2 from T1 in 0 s."
    qtbot.waitUntil(lambda: "Against T2 real" in window.compare_bar.verdict.text())


def test_the_contrast_is_said_of_scans_and_not_of_results(qtbot, window, head, open_scans):
    open_scans(head)
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    source, made = window.study.entries
    assert window.study.selected is made and window.panel.source.isEnabled(), "it is the source's"
    window.study.remove(source)
    window.study.selected = made
    assert not window.panel.source.isEnabled() and window.panel.source.currentText() == "T2"


def test_nothing_is_made_from_a_map_of_uncertainty(window, open_scans, tmp_path):
    open_scans(write_phantom(tmp_path / "head_t1_desc-uncertainty_T2w.nii.gz", phantom()))
    assert window.panel.targets == {} and UNKNOWN not in window.panel.message.text()
    assert window.panel.message.text() == "A map of uncertainty is no image: nothing is made from it."


def test_tab_goes_down_the_panel(qtbot, window, head, open_scans):
    open_scans(head)
    panel = window.panel
    panel.source.setFocus(Qt.FocusReason.TabFocusReason)
    for expected in (*panel.targets.values(), panel.all_targets):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is expected
