"""What is lost on two ways back to the source, and on how many slices that is looked at."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.alarms import lost, middle, round_trip, way_back
from engine.bundle import Bundle, open_bundle
from engine.device import Device
from engine.familiar import Familiar, Kin, Norm
from engine.files import read
from engine.modality import Modality
from engine.progress import finish
from engine.stages import Stages
from engine.synthesis import Mode, Request, Synthesis
from engine.translator import Translator
from tests.phantoms import phantom, write_phantom

RNG = np.random.default_rng(0)


T1, T2 = Modality.T1, Modality.T2


def told(bundle: Bundle, folder: Path) -> Synthesis:
    """A small synthesis with a bundle."""
    scan = read(write_phantom(folder / "head_t1.nii.gz", phantom(shape=(32, 40, 24))))
    (made,) = finish(Translator(bundle, Device("cpu", 1)).synthesize(scan, Request(T1, (T2,), Mode.PRIOR)))
    return made


def test_a_stranger_is_told_in_the_result(tiny_bundle: Path, tmp_path: Path):
    """Every limit at 0: every alarm rings."""
    never = Norm((0.0,) * 8, (1.0,) * 8, 1e-6)
    latent = Norm((0.0,) * 16, (1.0,) * 16, 1e-6)
    kin = Kin(never, 0.0, latent, lost=0.0, back={"t2": 0.0})
    made = told(replace(open_bundle(tiny_bundle), familiar=Familiar(7, {T1: kin})), tmp_path)
    for words in ("intensities are unlike", "noisier than", "To the encoder", "cannot reproduce", "Translated back"):
        assert any(words in warning for warning in made.warnings)
    assert 0 <= made.record["round_trip_loss"] <= 1
    assert 0 <= made.record["way_back_loss"] <= 1


def test_a_bundle_that_knows_nobody_rings_no_alarm(tiny_bundle: Path, tmp_path: Path):
    made = told(open_bundle(tiny_bundle), tmp_path)
    assert not any("training" in warning for warning in made.warnings)
    assert made.record["round_trip_loss"] is made.record["way_back_loss"] is None


def test_a_way_back_that_can_tell_nothing_is_not_walked(tiny_bundle: Path, tmp_path: Path):
    norm = Norm((0.0,) * 8, (1.0,) * 8, 1e6)
    kin = Kin(norm, 1e6, Norm((0.0,) * 16, (1.0,) * 16, 1e6), back={"t2": 1.0})
    made = told(replace(open_bundle(tiny_bundle), familiar=Familiar(7, {T1: kin})), tmp_path)
    assert made.record["way_back_loss"] is None
    assert made.record["round_trip_loss"] is not None


def brain(shape: tuple[int, int, int] = (16, 16, 32)) -> tuple[np.ndarray, np.ndarray]:
    image = RNG.uniform(0.2, 1.8, shape).astype(np.float32)
    image[:2], image[-2:] = 0, 0
    return image, image > 0


@pytest.mark.parametrize(("depth", "cut"), [(144, (68, 76)), (32, (12, 20)), (16, (4, 12)), (8, (0, 8))])
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
    assert 0 <= round_trip(stages, image, stages.encode(image, 0), inside, 0) <= 1
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
