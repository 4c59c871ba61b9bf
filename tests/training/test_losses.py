"""What a stage is told, against definitions written another way."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from training.losses import (
    LEVEL,
    hinge_discriminator,
    hinge_generator,
    masked_mean,
    reconstruction,
    sharpness,
    structure,
)


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_masked_mean_counts_the_mask_alone():
    values, mask = noise(0, 2, 3, 4, 4, 4), (noise(1, 2, 1, 4, 4, 4) > 0.5).float()
    expected = values.movedim(1, -1)[mask[:, 0] > 0].mean()
    torch.testing.assert_close(masked_mean(values, mask), expected)
    changed = values + 100 * (1 - mask)
    torch.testing.assert_close(masked_mean(changed, mask), expected)


def test_an_empty_mask_costs_nothing():
    assert float(masked_mean(torch.ones(1, 1, 4, 4, 4), torch.zeros(1, 1, 4, 4, 4))) == 0


def test_reconstruction_is_in_standard_deviations():
    """A pattern around the mean costs in full; model units are quarters of a standard deviation."""
    truth, mask = torch.ones(1, 1, 4, 4, 4), torch.ones(1, 1, 4, 4, 4)
    pattern = torch.ones(4, 4, 4)
    pattern[::2] = -1
    assert float(reconstruction(truth + 0.5 * pattern, truth, mask)) == pytest.approx(2 - 0.5)
    assert float(reconstruction(truth + 0.05 * pattern, truth, mask)) == pytest.approx(0.2**2 / 2)
    assert float(reconstruction(truth, truth, mask)) == 0


def test_the_level_of_a_crop_counts_little():
    truth, mask = torch.ones(2, 1, 4, 4, 4), torch.ones(2, 1, 4, 4, 4)
    assert float(reconstruction(truth + 0.5, truth, mask)) == pytest.approx(LEVEL * 1.5)
    apart = torch.tensor([1.0, -1]).reshape(2, 1, 1, 1, 1)
    assert float(reconstruction(truth + 0.5 * apart, truth, mask)) == pytest.approx(LEVEL * 1.5)
    assert LEVEL < 1


def test_reconstruction_looks_inside_the_mask_alone():
    truth, mask = noise(0, 1, 1, 6, 6, 6), (noise(1, 1, 1, 6, 6, 6) > 0.5).float()
    image = truth + 0.1 * noise(2, 1, 1, 6, 6, 6)
    elsewhere = image + 9 * (1 - mask)
    torch.testing.assert_close(reconstruction(elsewhere, truth, mask), reconstruction(image, truth, mask))


def test_structure_is_one_minus_ssim():
    truth = 1 + 0.25 * torch.randn(1, 1, 20, 22, 24, generator=torch.Generator().manual_seed(0))
    image = truth + 0.1 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(truth)
    ssim = structural_similarity(
        4 * truth[0, 0].double().numpy(),
        4 * image[0, 0].double().numpy(),
        win_size=7,
        use_sample_covariance=False,
        data_range=6.0,
        full=True,
    )[1][3:-3:2, 3:-3:2, 3:-3:2]
    assert float(structure(image, truth, mask)) == pytest.approx(1 - np.mean(ssim), abs=1e-3)
    assert float(structure(truth, truth, mask)) == pytest.approx(0, abs=1e-5)


def test_structure_looks_inside_the_mask_alone():
    truth, mask = 1 + noise(0, 1, 1, 20, 20, 20), torch.zeros(1, 1, 20, 20, 20)
    mask[..., :10, :, :] = 1
    image = truth + 5 * (1 - mask)
    assert float(structure(image, truth, mask)) == pytest.approx(0, abs=1e-4)


def test_hinge():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([-2.0, 0.5])
    assert float(hinge_discriminator(real, fake)) == pytest.approx((0.5 + 0.75) / 2)
    assert float(hinge_generator(fake)) == pytest.approx(0.75)


def test_sharpness_is_the_squared_log_ratio_of_gradient_energies():
    truth, mask = 10 * noise(0, 2, 1, 6, 6, 6), torch.ones(2, 1, 6, 6, 6)
    made = truth.clone()
    made[0] *= 0.5  # a quarter of the energy in one crop, all of it in the other
    expected = np.log(4) ** 2 / 2
    assert float(sharpness(made, truth, mask)) == pytest.approx(expected, rel=1e-3)
    assert float(sharpness(1 - truth, truth, mask)) == pytest.approx(0, abs=1e-6)  # neither level nor sign


def test_sharpness_looks_inside_the_mask_alone():
    made, truth = noise(1, 1, 1, 6, 6, 6), noise(2, 1, 1, 6, 6, 6)
    mask = torch.zeros(1, 1, 6, 6, 6)
    mask[..., 1:4, 1:5, 2:5] = 1
    inside = made[..., 1:4, 1:5, 2:5], truth[..., 1:4, 1:5, 2:5]
    alone = sharpness(*inside, torch.ones_like(inside[0]))
    assert float(alone) > 0
    torch.testing.assert_close(sharpness(made, truth, mask), alone)


def test_a_chequered_pattern_is_not_sharpness():
    truth, mask = 10 * noise(0, 1, 1, 8, 8, 8), torch.ones(1, 1, 8, 8, 8)
    voxel = torch.arange(8)
    chequered = ((voxel[:, None, None] + voxel[:, None] + voxel) % 2).float() - 0.5
    assert float(sharpness(0.5 * truth + chequered, truth, mask)) == pytest.approx(np.log(4) ** 2, rel=1e-3)


def test_sharpness_of_an_empty_mask_costs_nothing():
    empty = torch.zeros(1, 1, 4, 4, 4)
    assert float(sharpness(noise(1, 1, 1, 4, 4, 4), noise(2, 1, 1, 4, 4, 4), empty)) == 0
