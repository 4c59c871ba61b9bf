"""A deformed crop is a crop of the same head, and all its images agree."""

import numpy as np
import pytest
import torch

from engine.modality import Modality
from tests.bundles import TINY
from training.augment import Augmentation
from training.data import draw
from training.geometry import places, sampled
from training.subject import Subject


def test_without_strength_a_place_is_itself():
    where = places((4, 8, 0), 12, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(where[:, 0, 0, 0], (4, 8, 0), atol=1e-4)
    np.testing.assert_allclose(where[:, -1, -1, -1], (15, 19, 11), atol=1e-4)
    ramp = np.arange(1, 32, dtype=np.float32)[:, None, None] * np.ones((1, 32, 32), np.float32)
    np.testing.assert_allclose(sampled([ramp], where)[0], ramp[4:16, 8:20, 0:12], rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_places_move_a_little_smoothly_and_never_fold(seed: int):
    still, moved = (places((0, 0, 0), 24, strength, np.random.default_rng(seed)) for strength in (0.0, 1.0))
    assert 0.1 < np.abs(moved - still).mean() < 6
    for axis in range(3):
        assert np.diff(moved[axis], axis=axis).min() > 0


def test_the_background_is_never_mixed_in():
    image = np.zeros((24, 24, 24), np.float32)
    image[6:18, 6:18, 6:18] = 0.8
    made = sampled([image], places((2, 2, 2), 20, 1.0, np.random.default_rng(1)))[0]
    assert set(np.unique(np.round(made, 4))) == {0.0, np.float32(0.8)}


def test_source_target_and_mask_deform_together(subjects: list[Subject]):
    """With one image for all contrasts, source and target stay equal, and the mask stays where they are."""
    first = subjects[0]
    image = first.images[Modality.T1]
    same = Subject("same", {Modality.T1: image, Modality.T2: image}, first.mask, first.levels)
    only = Augmentation(deformed=1, geometry=1, contrast=0, bias=0, thick=0, noise=0)
    batch = draw([same], TINY, 16, 4, seed=3, step=1, augment=only)
    assert torch.equal(batch.source, batch.target)
    assert torch.equal(batch.mask, (batch.source > 0).float())


def test_a_deformed_batch_depends_on_seed_and_step_alone(subjects: list[Subject]):
    one, same, still = (
        draw(subjects, TINY, 16, 1, seed=0, step=4, augment=Augmentation(deformed=1, geometry=g)) for g in (1, 1, 0)
    )
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one.target, still.target)
    assert torch.equal(one.target_class, still.target_class)
