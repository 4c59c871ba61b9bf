"""Whether there is a skull, and the brain without it on the scan's own grid."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import brain
from engine.brain import extract, has_skull
from engine.errors import UnsupportedScan
from engine.files import read
from engine.progress import Step, finish
from engine.volume import RAS, Array, Volume, foreground, orientation_of, turn
from tests.phantoms import phantom


class Finder:
    """Stands where deepbet would: finds what a test says it should, in the axes that it is given."""

    def __init__(self, found: Array):
        self.found = found

    def run_model(self, data: Array) -> Array:
        assert data.dtype == np.float32
        assert data.shape == self.found.shape
        assert np.all(np.isfinite(data))
        return self.found.astype(np.float32)

    def postprocess(self, mask: Array) -> Array:
        return mask


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR"])
@pytest.mark.parametrize("skull", [False, True])
def test_a_phantom_has_a_skull_when_it_has_one(orientation: str, skull: bool):
    assert has_skull(phantom((48, 56, 40), (3, 3, 3.5), orientation, skull=skull)) is skull


def test_a_head_in_air_of_exactly_0_is_too_big_for_a_brain():
    head = phantom((48, 56, 40), (4, 4, 5), skull=True)
    masked = head.with_data(np.where(head.data > 100, head.data, 0))
    assert np.mean(masked.data[0] != 0) < 0.1
    assert has_skull(masked)


def test_a_slab_of_a_stripped_brain_has_no_skull():
    whole = phantom((60, 70, 60), (2.5, 2.5, 2.5))
    assert not has_skull(Volume(whole.data[:, :, 25:35], whole.affine))


def test_the_sample_has_no_skull(sample: Path):
    assert not has_skull(read(sample).volume)


def test_real_scans_are_told_apart(data: Path):
    stripped = sorted((data / "cases").glob("*/*_t[12]*.nii.gz")) + sorted((data / "cases").glob("*/*_flair*"))
    heads = sorted((data / "clinical").glob("*/*.nii.gz")) + sorted((data / "templates").glob("*.nii.gz"))
    assert len(stripped) > 50
    assert len(heads) > 8
    assert [path.name for path in stripped if has_skull(read(path).volume)] == []
    assert [path.name for path in heads if not has_skull(read(path).volume)] == []


def test_foreground_is_neither_0_nor_nan_nor_infinite():
    np.testing.assert_array_equal(
        foreground(np.array([0, 1, -2, np.nan, np.inf, -np.inf])), [False, True, True, False, False, False]
    )
    np.testing.assert_array_equal(foreground(np.array([0, 1, -2], np.int16)), [False, True, True])


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR", "SRP"])
def test_what_is_found_is_put_back_on_the_scans_axes(monkeypatch: pytest.MonkeyPatch, orientation: str):
    head = phantom((40, 48, 44), (4, 4, 4), orientation, skull=True)
    turned = turn(head.data, orientation_of(head.affine), RAS)
    found = np.zeros(turned.shape, bool)
    found[22:38, 10:40, 22:40] = True  # right, towards the back, high
    monkeypatch.setattr(brain, "_network", lambda: Finder(found))
    result = finish(extract(head))
    expected = np.where(found, np.maximum(turned, 1), 0)  # the box reaches into the air: a 0 in the brain is lifted
    np.testing.assert_array_equal(turn(result.data, orientation_of(head.affine), RAS), expected)
    assert result.affine is head.affine
    assert result.data.dtype == head.data.dtype


def test_numbers_that_are_none_do_not_reach_the_network(monkeypatch: pytest.MonkeyPatch):
    head = phantom((40, 48, 44), (4, 4, 4), skull=True)
    data = head.data.astype(np.float32)
    data[20, 20, 20] = np.nan
    monkeypatch.setattr(brain, "_network", lambda: Finder(np.ones(head.shape, bool)))
    assert finish(extract(head.with_data(data))).data[20, 20, 20] == 0


@pytest.mark.parametrize("failure", [None, AssertionError(), ValueError()])
def test_a_scan_without_a_brain_is_refused(monkeypatch: pytest.MonkeyPatch, failure: Exception | None):
    head = phantom((40, 48, 44), (4, 4, 4), skull=True)
    finder: Any = Finder(np.zeros(head.shape, bool))
    if failure is not None:
        finder.run_model = lambda _: (_ for _ in ()).throw(failure)
    monkeypatch.setattr(brain, "_network", lambda: finder)
    with pytest.raises(UnsupportedScan, match="No brain was found"):
        finish(extract(head))


def test_steps_are_yielded_and_the_threads_given_back(monkeypatch: pytest.MonkeyPatch):
    import torch

    head = phantom((40, 48, 44), (4, 4, 4), skull=True)
    monkeypatch.setattr(brain, "_network", lambda: Finder(np.ones(head.shape, bool)))
    before = torch.get_num_threads()
    work = extract(head, threads=before + 1)
    assert next(work) == Step("brain", 0, 3)
    assert torch.get_num_threads() == before + 1
    assert next(work) == Step("brain", 1, 3)
    work.close()
    assert torch.get_num_threads() == before
    assert list(extract(head)) == [Step("brain", done, 3) for done in range(4)]


@pytest.mark.slow
def test_the_brain_of_a_real_head_is_found(data: Path):
    head = read(data / "clinical" / "ms-patient04-raw" / "t1.nii.gz").volume
    found = finish(extract(head, threads=2))
    litres = np.count_nonzero(found.data) * np.prod(found.spacing) / 1e6
    assert 1.2 < litres < 1.8
    assert not has_skull(found)
    inside = found.data != 0
    np.testing.assert_array_equal(found.data[inside], np.maximum(head.data[inside], 1))  # 0 is lifted


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32])
def test_fluid_of_intensity_0_stays_inside_the_brain(monkeypatch: pytest.MonkeyPatch, dtype: type):
    head = phantom(shape=(80, 80, 80), spacing=(2, 2, 2), skull=True)
    data = head.data.astype(dtype)
    data[38:42, 38:42, 38:42] = 0
    found = np.zeros(head.shape, bool)
    found[20:60, 20:60, 20:60] = True
    monkeypatch.setattr(brain, "_network", lambda: Finder(found))
    made = finish(extract(Volume(data, head.affine)))
    assert made.data.dtype == dtype
    np.testing.assert_array_equal(foreground(made.data), found)
