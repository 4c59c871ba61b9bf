"""Which intensities become which grey."""

from __future__ import annotations

import numpy as np
import pytest

from app.state.window_level import WindowLevel, auto, dragged, first_window, spread, to_grey


def test_auto_leaves_out_zeros_and_outliers():
    data = np.zeros((40, 40, 40), np.int16)
    data[10:30, 10:30, 10:30] = np.random.default_rng(0).integers(100, 201, (20, 20, 20))
    data[20, 20, 20] = 30_000
    chosen = auto(data)
    assert chosen.low == pytest.approx(100, abs=2)
    assert chosen.low + chosen.window == pytest.approx(200, abs=2)


@pytest.mark.parametrize("data", [np.zeros((3, 3, 3)), np.full((3, 3, 3), 7), np.full((3, 3, 3), np.nan)])
def test_auto_has_an_answer_for_every_image(data):
    assert auto(data).window > 0 and spread(data) > 0


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


def test_synthetic_data_in_our_units_opens_from_0_to_1000():
    made = np.zeros((20, 20, 20), np.float32)
    made[5:15, 5:15, 5:15] = np.linspace(100, 700, 1000, dtype=np.float32).reshape(10, 10, 10)
    assert first_window(made, synthetic=True) == WindowLevel(1000.0, 500.0)
    assert first_window(made, synthetic=False) == auto(made)
    assert auto(made).window < 650


@pytest.mark.parametrize("factor", [0.001, 0.05, 20.0])
def test_synthetic_data_in_other_units_opens_by_its_own_percentiles(factor):
    data = np.linspace(1, 900, 8000, dtype=np.float32).reshape(20, 20, 20) * factor
    assert first_window(data, synthetic=True) == auto(data)
