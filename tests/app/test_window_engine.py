"""The window with the real engine behind it, on a bundle of random weights."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt

from app import jobs
from app.main_window import MainWindow
from engine.bundle import open_bundle
from engine.files import read
from engine.modality import Modality
from tests.phantoms import phantom, write_phantom


@pytest.fixture
def real_window(qtbot, tiny_bundle):
    shown = MainWindow(open_bundle(tiny_bundle))
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    shown.close()


def test_open_synthesize_export(qtbot, real_window, tmp_path: Path, monkeypatch):
    head = write_phantom(tmp_path / "head_t1.nii.gz", phantom(orientation="LPS"))
    real_window.open([head])
    qtbot.waitUntil(lambda: real_window.study.selected is not None)
    qtbot.mouseClick(real_window.panel.targets[Modality.T2], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(real_window.study.entries) == 2 or real_window.banner.isVisible())
    assert not real_window.banner.isVisible(), real_window.banner.label.text()
    monkeypatch.setattr(real_window.exporting, "_choose", lambda *asked: asked[-1](tmp_path))
    qtbot.mouseClick(real_window.panel.export_button, Qt.MouseButton.LeftButton)
    result = real_window.study.entries[1]
    qtbot.waitUntil(lambda: result.saved is not None)
    written, source = read(result.saved), read(head)
    assert written.synthetic and written.modality is Modality.T2
    assert np.array_equal(written.volume.affine, source.volume.affine)
    assert written.volume.shape == source.volume.shape


def test_the_engine_is_ready_before_the_first_order(qtbot, real_window, tmp_path: Path):
    real_window.open([write_phantom(tmp_path / "head_t1.nii.gz", phantom())])
    translation = real_window.synthesizing._translate
    qtbot.waitUntil(lambda: translation._translator is not None)
    assert real_window.orders.waiting == () and not real_window.banner.isVisible()
    qtbot.waitUntil(lambda: not any(known is torch.nn.Module for known in gc.get_objects()))


def test_cancel_is_told_at_once_and_nothing_lands(qtbot, real_window, tmp_path: Path):
    real_window.open([write_phantom(tmp_path / "head_t1.nii.gz", phantom())])
    qtbot.waitUntil(lambda: real_window.study.selected is not None)
    qtbot.mouseClick(real_window.panel.all_targets, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: real_window.orders.progress is not None)
    begun = time.monotonic()
    qtbot.mouseClick(real_window.panel.orders.cancel, Qt.MouseButton.LeftButton)
    assert real_window.orders.waiting == () and time.monotonic() - begun < 1
    qtbot.waitUntil(lambda: not real_window.synthesizing._lane.busy)
    assert len(real_window.study.entries) == 1


def test_closing_in_the_middle_of_a_synthesis_leaves_no_job(qtbot, real_window, tmp_path: Path):
    real_window.open([write_phantom(tmp_path / "head_t1.nii.gz", phantom())])
    qtbot.waitUntil(lambda: real_window.study.selected is not None)
    qtbot.mouseClick(real_window.panel.all_targets, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: real_window.orders.progress is not None)
    real_window.close()
    assert real_window.isVisible()  # it asks once
    real_window.close()
    qtbot.waitUntil(lambda: not jobs._begun)
    assert not real_window.isVisible() and len(real_window.study.entries) == 1
