"""Which intensities become which grey."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.window_level import WindowLevel, auto, dragged, to_grey


def test_auto_leaves_out_zeros_and_outliers():
    data = np.zeros((40, 40, 40), np.int16)
    data[10:30, 10:30, 10:30] = np.random.default_rng(0).integers(100, 201, (20, 20, 20))
    data[20, 20, 20] = 30_000
    chosen = auto(data)
    assert chosen.low == pytest.approx(100, abs=2)
    assert chosen.low + chosen.window == pytest.approx(200, abs=2)


@pytest.mark.parametrize("data", [np.zeros((3, 3, 3)), np.full((3, 3, 3), 7), np.full((3, 3, 3), np.nan)])
def test_auto_has_an_answer_for_every_image(data):
    assert auto(data).window > 0


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64])
def test_grey_runs_from_black_to_white(dtype):
    pixels = np.array([[0, 50, 100, 150, 200]], dtype)
    assert to_grey(pixels, WindowLevel(100, 100)).tolist() == [[0, 0, 128, 255, 255]]


def test_what_is_not_a_number_is_black():
    pixels = np.array([[np.nan, -np.inf, np.inf]], np.float32)
    assert to_grey(pixels, WindowLevel(1, 0.5)).tolist() == [[0, 0, 255]]


def test_the_window_never_closes():
    assert dragged(WindowLevel(10, 5), right=-1e6, up=0, gain=1.0).window > 0


def test_a_constant_image_is_seen():
    assert to_grey(np.full((2, 2), 7), auto(np.full((2, 2, 2), 7))).tolist() == [[255, 255], [255, 255]]
