"""The model card as it is shown: first what concerns the chosen source."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from app.main_window import dress
from app.state.card import worded
from app.state.study import Entry
from app.widgets.card_dialog import CardDialog, said
from engine.bundle import open_bundle
from engine.modality import Modality
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom


def entry(modality: Modality | None) -> Entry:
    return Entry.of(replace(scan_of(phantom()), modality=modality))


def test_the_numbers_of_the_chosen_source_come_first_and_no_others():
    text = said(open_bundle(), entry(Modality.T2)).split("# What it cannot do")[0]
    assert text.startswith("# From T2") and "T2 → FLAIR" in text
    assert "T1 → " not in text and "FLAIR → " not in text


def test_what_the_model_cannot_do_comes_before_the_card():
    bundle = open_bundle()
    text = said(bundle, None)
    assert text.startswith("# What it cannot do") and text.endswith(worded(bundle.card))
    assert said(bundle, entry(None)) == text


def test_a_source_without_numbers_says_so():
    assert "holds no numbers" in said(open_bundle(), entry(Modality.PD))
    assert "No model is installed" in said(None, None)


def test_the_card_is_as_wide_as_its_dialog(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    dialog = CardDialog(open_bundle(), entry(Modality.T1), window)
    dress(qapp)
    dialog.show()
    assert dialog.text.verticalScrollBar().maximum() > 0
    assert dialog.text.horizontalScrollBar().maximum() == 0
