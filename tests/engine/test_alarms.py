"""What is lost on two ways back to the source, and on how many slices that is looked at."""

from pathlib import Path

import numpy as np
import pytest

from engine.alarms import lost, middle, round_trip, way_back
from engine.bundle import open_bundle
from engine.device import Device
from engine.stages import Stages

RNG = np.random.default_rng(0)


def brain(shape: tuple[int, int, int] = (16, 16, 32)) -> tuple[np.ndarray, np.ndarray]:
    image = RNG.uniform(0.2, 1.8, shape).astype(np.float32)
    image[:2], image[-2:] = 0, 0
    return image, image > 0


@pytest.mark.parametrize(("depth", "cut"), [(144, (64, 80)), (32, (8, 24)), (16, (0, 16)), (8, (0, 8))])
def test_the_middle_is_cut_at_whole_latent_slices(depth: int, cut: tuple[int, int]):
    assert middle(depth) == slice(*cut)


def test_a_copy_at_another_level_loses_nothing():
    image, inside = brain()
    assert lost(image, 0.5 * image + 3, inside) == pytest.approx(0, abs=1e-6)


def test_noise_loses_everything_and_half_of_it_half():
    image, inside = brain()
    noise = RNG.uniform(0.2, 1.8, image.shape).astype(np.float32)
    assert lost(image, noise, inside) > 0.95
    assert 0.4 < lost(image, image + noise, inside) < 0.6


def test_a_flat_answer_and_no_brain_at_all_lose_everything():
    image, inside = brain()
    assert lost(image, np.ones_like(image), inside) == 1
    assert lost(image, image, np.zeros_like(inside)) == 1


def test_both_ways_give_a_share(tiny_bundle: Path):
    bundle = open_bundle(tiny_bundle)
    stages = Stages(bundle.directory, Device("cpu", 1))
    image, inside = brain()
    assert 0 <= round_trip(stages, image, inside, 0) <= 1
    assert 0 <= way_back(stages, None, image, image, inside, (0, 2)) <= 1


def test_the_background_of_the_result_is_that_of_the_source(tiny_bundle: Path):
    """What the decoder paints outside the brain must not come back in."""
    stages = Stages(open_bundle(tiny_bundle).directory, Device("cpu", 1))
    image, inside = brain()
    painted = np.where(inside, image, 7).astype(np.float32)
    pair = (0, 2)
    assert way_back(stages, None, image, painted, inside, pair) == pytest.approx(
        way_back(stages, None, image, image, inside, pair)
    )
