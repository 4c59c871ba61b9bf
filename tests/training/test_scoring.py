"""Numbers of one result: regions apart, and how sharp it is."""

import json

import numpy as np
import pytest
from scipy import ndimage

from engine.metrics import FULL_SCALE, to_unit
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom
from training.scoring import Row, score, sharpness

PAIR = (Modality.T1, Modality.T2)


@pytest.fixture(scope="module")
def real() -> Volume:
    return phantom((40, 44, 36), modality=Modality.T2, noise=0.02, seed=1)


@pytest.fixture(scope="module")
def exact(real: Volume) -> Volume:
    """The truth in the units of a synthesis."""
    brain = real.data != 0
    return real.with_data((to_unit(real, brain) * FULL_SCALE * brain).astype(np.float32))


def test_an_error_in_the_lesion_is_an_error_of_the_lesion(real: Volume, exact: Volume):
    lesion = np.zeros(real.shape)
    lesion[18:24, 20:26, 16:22] = 4
    wrong = exact.with_data(np.where(lesion > 0, exact.data + 300, exact.data).astype(np.float32))
    row = score("m", "s", PAIR, "prior", wrong, real, lesion)
    assert row.scores["lesion"].psnr < 15
    assert row.scores["healthy"].psnr > 60
    assert row.scores["lesion"].psnr < row.scores["mask"].psnr < row.scores["healthy"].psnr
    assert set(score("m", "s", PAIR, "prior", wrong, real, None).scores) == {"whole", "mask"}


def test_a_lesion_outside_the_brain_is_no_region(real: Volume, exact: Volume):
    lesion = np.zeros(real.shape)
    lesion[0, 0, 0] = 1
    assert "lesion" not in score("m", "s", PAIR, "prior", exact, real, lesion).scores


def test_sharpness_is_1_for_the_truth_and_less_for_a_blur(real: Volume, exact: Volume):
    assert sharpness(exact, real) == pytest.approx(1)
    brain = real.data != 0
    blurred = exact.with_data((ndimage.gaussian_filter(exact.data, 1.5) * brain).astype(np.float32))
    assert sharpness(blurred, real) < 0.6
    noisy = exact.with_data(exact.data + np.random.default_rng(0).normal(0, 80, real.shape).astype(np.float32) * brain)
    assert sharpness(noisy, real) > 1.3


def test_a_row_survives_json(real: Volume, exact: Volume):
    row = score("m", "s", PAIR, "shortcut, mean of 4", exact, real, real.data > 0)
    assert Row.from_json(json.loads(json.dumps(row.to_json()))) == row
