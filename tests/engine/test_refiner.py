"""The torch half of a bundle: weights, codes, and the sampler's condition."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.bundle import Bundle, open_bundle
from engine.device import Device
from engine.progress import finish
from engine.refiner import Refiner
from engine.sampling import Plan
from engine.synthesis import Mode
from tests.bundles import TINY, networks

CPU = Device("cpu", 1)
PLAN = Plan(Mode.SHORTCUT, 2, 300)


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return open_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def refiner(bundle: Bundle) -> Refiner:
    return Refiner(bundle, CPU)


@pytest.fixture
def z() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((8, 4, 6, 4)).astype(np.float32)


def test_the_weights_are_those_of_the_bundle(refiner: Refiner):
    expected = networks(TINY)["unet"].state_dict()
    for name, tensor in refiner.unet.state_dict().items():
        torch.testing.assert_close(tensor, expected[name].half().float(), rtol=0, atol=0)


def test_quantizing_gives_codes_of_the_bundle(refiner: Refiner, z: np.ndarray):
    codes = networks(TINY)["autoencoder"].quantizer.embedding.weight.detach().numpy()  # pyright: ignore
    found = refiner.quantize(z)
    assert found.shape == z.shape
    vectors = found.reshape(2, 4, -1).swapaxes(1, 2).reshape(-1, 4)
    assert {tuple(v) for v in vectors} <= {tuple(code) for code in codes}
    assert np.array_equal(refiner.quantize(found), found)


def test_the_sample_is_quantized_where_the_preset_says_so(bundle: Bundle, refiner: Refiner, z: np.ndarray):
    sampled = finish(refiner.sample(z, z, 2, PLAN, 0))
    assert np.array_equal(refiner.quantize(sampled), sampled)
    plain = Refiner(replace(bundle, preset=replace(bundle.preset, quantize=())), CPU)
    loose = finish(plain.sample(z, z, 2, PLAN, 0))
    assert not np.array_equal(plain.quantize(loose), loose)
    assert np.array_equal(refiner.quantize(loose), sampled)


def test_a_sample_knows_its_target_and_its_seed(bundle: Bundle, z: np.ndarray):
    plain = Refiner(replace(bundle, preset=replace(bundle.preset, quantize=())), CPU)
    first, again, other, seed = (
        finish(plain.sample(z, z, target, PLAN, n)) for target, n in ((2, 0), (2, 0), (3, 0), (2, 1))
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    assert np.abs(first - seed).max() > 1e-3


def test_latents_are_normalised_for_the_sampler_alone(bundle: Bundle, z: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    """A sampler that returns its prior gives z_prior back, in the latent's own units."""
    scaled = replace(
        bundle,
        preset=replace(bundle.preset, quantize=()),
        latent_mean=tuple(range(8)),
        latent_sd=tuple(0.5 + n for n in range(8)),
    )
    received: list[torch.Tensor] = []

    def still(denoise, prior, plan, seed, predicts):
        received.append(prior)
        yield from ()
        return prior

    monkeypatch.setattr("engine.refiner.sample", still)
    found = finish(Refiner(scaled, CPU).sample(z, z, 2, PLAN, 0))
    np.testing.assert_allclose(found, z, atol=1e-5)
    mean, sd = np.arange(8).reshape(8, 1, 1, 1), (0.5 + np.arange(8)).reshape(8, 1, 1, 1)
    np.testing.assert_allclose(received[0][0].numpy(), (z - mean) / sd, rtol=1e-5, atol=1e-5)


def test_the_source_is_part_of_the_condition_where_the_preset_says_so(bundle: Bundle, tmp_path: Path, z: np.ndarray):
    preset = replace(TINY, unet=replace(TINY.unet, concat="prior+source"), quantize=())
    weights = {name: tensor.half() for name, tensor in networks(preset)["unet"].state_dict().items()}
    save_file(weights | {"codebook": torch.zeros(64, 8)}, tmp_path / "unet.safetensors")
    refiner = Refiner(replace(bundle, preset=preset, directory=tmp_path), CPU)
    one, other = (finish(refiner.sample(z, source, 2, PLAN, 0)) for source in (z, -z))
    assert np.abs(one - other).max() > 1e-3


def test_the_source_is_no_part_of_it_elsewhere(refiner: Refiner, z: np.ndarray):
    one, other = (finish(refiner.sample(z, source, 2, PLAN, 0)) for source in (z, -z))
    assert np.array_equal(one, other)


def test_weights_that_do_not_fit_the_manifest_do_not_load(tiny_bundle: Path, tmp_path: Path):
    copied = Path(shutil.copytree(tiny_bundle, tmp_path / "tiny"))
    narrow = open_bundle(copied)
    narrow = replace(narrow, preset=replace(narrow.preset, unet=replace(narrow.preset.unet, channels=(32, 64))))
    with pytest.raises(RuntimeError, match=r"size mismatch|Missing key"):
        Refiner(narrow, CPU)


def test_a_stopped_sampler_ends_within_the_evaluation_and_samples_again(bundle: Bundle, z: np.ndarray):
    refiner = Refiner(bundle, CPU)
    work = refiner.sample(z, z, 2, PLAN, 0)
    next(work)
    refiner.stop()
    with pytest.raises(InterruptedError):
        next(work)
    assert np.isfinite(finish(refiner.sample(z, z, 2, PLAN, 0))).all()


def test_the_estimate_is_seen_from_the_first_evaluation_on(refiner: Refiner, z: np.ndarray):
    work = refiner.sample(z, z, 2, PLAN, 0)
    next(work)
    assert refiner.seen is None
    next(work)
    assert refiner.seen is not None
    whole, part = refiner.seen(slice(None)), refiner.seen(slice(1, 3))
    assert whole.shape == z.shape
    assert np.array_equal(refiner.quantize(whole), whole)
    assert np.array_equal(part, whole[..., 1:3])
