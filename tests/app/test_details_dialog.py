"""How a result was made: all of it can be read."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QApplication, QLabel

from app.widgets.details_dialog import DetailsDialog
from engine.modality import Modality

_LONG = (
    "The voxels are coarse (0.9 x 0.9 x 5.5 mm): what is finer than 5.5 mm is guessed.",
    "The scan shows the skull: the brain was extracted, and the rest is 0 in the result.",
)


def test_no_line_of_a_long_warning_is_cut(qtbot, window, head, open_scans):
    open_scans(head)
    window.synthesizing.order(window.study.entries[0], (Modality.T2,))
    qtbot.waitUntil(lambda: len(window.study.entries) == 2)
    made = window.study.entries[1]
    made.synthesis = replace(made.synthesis, warnings=_LONG)
    dialog = DetailsDialog(made, window)
    dialog.open()
    QApplication.processEvents()
    labels = dialog.findChildren(QLabel)
    assert any(_LONG[1] in label.text() for label in labels)
    cut = [
        label.text() for label in labels if label.wordWrap() and label.height() < label.heightForWidth(label.width())
    ]
    assert cut == []
