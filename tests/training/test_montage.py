"""Pictures of a run: source, result, truth and difference in a row."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.bundles import TINY, networks
from training import montage
from training.data import Batch, Subject, draw
from training.montage import Montage, by_prior, by_sampler, grey, rows_of, signed


@pytest.fixture(scope="module")
def crops(subjects: list[Subject]) -> Batch:
    return draw(subjects, TINY, 16, 2, seed=1, step=0, augment=False)


def test_a_row_is_source_result_truth_and_difference(crops: Batch):
    made = crops.target + 0.25
    picture = rows_of(crops, made)
    assert picture.shape == (2 * 16, 4 * 16, 3)
    source, result, truth, difference = (picture[:16, n * 16 : (n + 1) * 16].astype(int) for n in range(4))
    assert not np.array_equal(source, truth)
    assert np.all(result >= truth)
    inside = np.flipud(crops.mask[0, 0, :, :, 8].numpy().T) > 0
    assert inside.any()
    assert np.all(difference[inside][:, 0] >= difference[inside][:, 2])


def test_the_top_of_a_picture_is_the_front_of_the_head_and_its_left_side_the_left_index():
    volume = torch.zeros(1, 1, 8, 8, 8)
    volume[0, 0, 1, 6, 4] = 1
    crops = Batch(volume, volume, torch.ones_like(volume), torch.tensor([0]), torch.tensor([2]))
    assert np.argwhere(rows_of(crops, volume)[:, :8, 0] > 0).tolist() == [[1, 1]]


def test_colours_of_a_difference():
    made, truth = np.array([[[2.0, 1.0, 0.0, 0.0]], [[1.0, 1.0, 1.0, 0.0]]], np.float32)
    red, white, blue, black = signed(made, truth)[0].tolist()
    assert (red, white, blue) == ([255, 0, 0], [255, 255, 255], [0, 0, 255])
    assert black == [0, 0, 0]
    assert grey(np.array([[0.0, 9.0]], np.float32))[0].tolist() == [[0, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize("way", ["prior", "sampler"])
def test_a_picture_of_either_stage_is_written(way: str, crops: Batch, tmp_path: Path):
    made = torch.nn.ModuleDict(networks(TINY))
    zero, one = torch.zeros(8), torch.ones(8)
    translate = by_prior(TINY) if way == "prior" else by_sampler(made, TINY, zero, one)
    shown = Montage(crops, translate, tmp_path, minutes=5)
    shown.write(made, 120)
    with Image.open(tmp_path / "montage_00000120.png") as picture:
        assert picture.size == (2 * 4 * 16, 14 + 2 * 2 * 16)
        assert len(set(picture.get_flattened_data())) > 10
    assert [entry.name for entry in tmp_path.iterdir()] == ["montage_00000120.png"]


def test_a_picture_is_due_every_so_many_minutes(crops: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    monkeypatch.setattr(montage.time, "monotonic", lambda: now[0])
    shown = Montage(crops, lambda networks, batch: batch.target, tmp_path, minutes=2)
    assert not shown.due()
    now[0] = 121.0
    assert shown.due()
    shown.write(torch.nn.Linear(1, 1), 1)
    assert not shown.due()
