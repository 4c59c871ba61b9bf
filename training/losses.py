"""What a stage is told. All losses are means over the voxels of a mask, in float32."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.preprocess import SDS_TO_FLOOR

# A real scan spans about six standard deviations between its 0.5 and 99.5 percentiles: the data range of SSIM.
_RANGE = 6.0
LEVEL = 0.5
"""Weight of a crop's mean error beside the error around that mean."""
_QUADRATIC = 1.0
"""Errors under so many standard deviations count by their square, larger ones by their size."""

_C1, _C2 = (0.01 * _RANGE) ** 2, (0.03 * _RANGE) ** 2


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of (B, C, i, j, k) where mask (B, 1, i, j, k) is 1."""
    return (values * mask).sum() / (mask.sum() * values.shape[1]).clamp(min=1)


def reconstruction(image: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Smooth L1 of z-scores (quadratic under one standard deviation), the crop's mean error counted apart.

    The level of a whole region is half luck, from subject to subject; it would drown what can be learnt.
    """
    error = (image.float() - truth) * SDS_TO_FLOOR
    volume = mask.sum((1, 2, 3, 4), keepdim=True).clamp(min=1)
    level = (error * mask).sum((1, 2, 3, 4), keepdim=True) / volume
    around = F.smooth_l1_loss(error - level, torch.zeros_like(error), beta=_QUADRATIC, reduction="none")
    return masked_mean(around, mask) + LEVEL * F.smooth_l1_loss(level, torch.zeros_like(level), beta=_QUADRATIC)


def structure(image: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """1 - SSIM with a 7-voxel box window, taken at every second voxel (Wang et al. 2004)."""
    x, y = image.float() * mask * SDS_TO_FLOOR, truth * mask * SDS_TO_FLOOR
    means = torch.cat([x, y, x * x, y * y, x * y], dim=1)
    for axis in range(3):
        kernel, stride = [1, 1, 1], [1, 1, 1]
        kernel[axis], stride[axis] = 7, 2
        means = F.avg_pool3d(means, kernel, stride)
    mx, my, xx, yy, xy = means.split(x.shape[1], dim=1)
    covariance, variances = xy - mx * my, xx + yy - mx * mx - my * my
    ssim = (2 * mx * my + _C1) * (2 * covariance + _C2) / ((mx * mx + my * my + _C1) * (variances + _C2))
    return masked_mean(1 - ssim, mask[:, :, 3:-3:2, 3:-3:2, 3:-3:2])


def sharpness(image: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Squared logarithm of the energy of the gradient inside the mask, image over truth; the mean over the crops.

    A least-squares image is blurred wherever it is not sure; this asks for as much edge and texture as the truth has.
    Of means over 2 x 2 x 2 voxels of the mask: there a chequered pattern, the cheapest of all gradients, is gone.
    """
    image, truth = F.avg_pool3d(image.float(), 2, 1), F.avg_pool3d(truth, 2, 1)
    mask = (F.avg_pool3d(mask, 2, 1) > 0.99).float()
    ratio = torch.log(_gradient_energy(image, mask) + 1e-4) - torch.log(_gradient_energy(truth, mask) + 1e-4)
    return ratio.square().mean()


def _gradient_energy(image: Tensor, mask: Tensor) -> Tensor:
    """(B,): the mean square of the steps between neighbours of which both lie in the mask."""
    energy, pairs = torch.zeros(()), torch.zeros(())
    for axis in (2, 3, 4):
        front, back = slice(1, None), slice(None, -1)
        both = _along(mask, axis, front) * _along(mask, axis, back)
        steps = _along(image, axis, front) - _along(image, axis, back)
        energy = energy + (steps * steps * both).sum((1, 2, 3, 4))
        pairs = pairs + both.sum((1, 2, 3, 4))
    return energy * SDS_TO_FLOOR**2 / pairs.clamp(min=1)


def _along(image: Tensor, axis: int, part: slice) -> Tensor:
    return image[(slice(None),) * axis + (part,)]


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Patch answers of any shape -> hinge loss of the discriminator."""
    return (F.relu(1 - real.float()).mean() + F.relu(1 + fake.float()).mean()) / 2


def hinge_generator(fake: Tensor) -> Tensor:
    """Patch answers of any shape -> hinge loss of the generator."""
    return -fake.float().mean()
