"""The line of orders in the panel: what runs, what waits, and how each is taken out."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.modality import Modality
from engine.preview import Preview
from engine.progress import Step
from engine.volume import Volume
from tests.app.test_badge import amber, is_badged

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def busy(qtbot, window, model, head, open_scans):
    """T2 under way, FLAIR and then both of them waiting."""
    open_scans(head)
    model.held = True
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.mouseClick(window.panel.targets[Modality.FLAIR], LEFT)
    qtbot.mouseClick(window.panel.all_targets, LEFT)
    qtbot.waitUntil(lambda: "step" in window.panel.orders.stage.text())
    return window


def test_the_line_is_seen_in_its_order(busy):
    box = busy.panel.orders
    assert box.title.text() == "T2 from T1" and box.isVisible()
    assert [order.title for order in box.waiting] == ["FLAIR from T1", "T2, FLAIR from T1"]
    assert [cross.accessibleName() for cross in box.waiting.values()] == [
        "Remove FLAIR from T1, number 1 in the line",
        "Remove T2, FLAIR from T1, number 2 in the line",
    ]


def test_one_that_waits_is_taken_out_and_the_others_keep_their_turn(qtbot, busy, model):
    box = busy.panel.orders
    before = busy.orders.progress
    qtbot.mouseClick(next(iter(box.waiting.values())), LEFT)
    assert [order.title for order in busy.orders.waiting] == ["T2 from T1", "T2, FLAIR from T1"]
    assert busy.orders.progress is not None and busy.orders.progress.fraction >= before.fraction
    model.held = False
    qtbot.waitUntil(lambda: busy.orders.waiting == ())
    assert [entry.contrast for entry in busy.study.entries] == ["T1", "T2", "T2", "FLAIR"]
    assert [request.targets for _, request in model.requests] == [(Modality.T2,), (Modality.T2, Modality.FLAIR)]


def test_cancelling_the_first_lets_the_next_begin(qtbot, busy, model):
    qtbot.mouseClick(busy.panel.orders.cancel, LEFT)
    assert busy.panel.orders.title.text() == "FLAIR from T1"
    model.held = False
    qtbot.waitUntil(lambda: busy.orders.waiting == ())
    assert [entry.contrast for entry in busy.study.entries] == ["T1", "FLAIR", "T2", "FLAIR"]


@pytest.mark.parametrize("radiological", [True, False])
def test_a_live_preview_is_badged_and_lies_as_the_panes_do(qtbot, busy, radiological):
    data = np.zeros((40, 48, 4), np.float32)
    data[4:36, 4:44] = 300
    data[28:34, 30:40] = 900  # to the patient's right and front
    busy.viewer.radiological = radiological
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    busy.synthesizing._on_step(Step("denoise", 1, 4, Preview(Modality.T2, Volume(data, affine))))
    pane = busy.panel.orders.preview
    assert pane.isVisible() and "SYNTHETIC T2" in pane.accessibleName()
    image = pane.grab().toImage()
    assert is_badged(image)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., :3].astype(float)
    white = np.argwhere((pixels.min(axis=2) > 200) & ~amber(image))
    row, column = white.mean(axis=0)
    assert bool(column < image.width() / 2) is radiological and row < image.height() / 2


def test_a_preview_goes_with_its_order(qtbot, busy):
    slab = Volume(np.ones((8, 8, 4), np.float32), np.eye(4))
    busy.synthesizing._on_step(Step("denoise", 1, 4, Preview(Modality.T2, slab)))
    assert busy.panel.orders.preview.isVisible()
    qtbot.mouseClick(busy.panel.orders.cancel, LEFT)
    assert not busy.panel.orders.preview.isVisible() and busy.orders.preview is None


def test_previews_are_cut_where_the_crosshair_stands(qtbot, window, head, open_scans, model):
    open_scans(head)
    window.viewer.crosshair = (3.0, -2.0, 9.0)
    qtbot.mouseClick(window.panel.targets[Modality.T2], LEFT)
    qtbot.waitUntil(lambda: len(model.requests) == 1)
    assert model.requests[0][1].preview == (3.0, -2.0, 9.0)
