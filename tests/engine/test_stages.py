"""The three graphs of a bundle: one volume, any size, every target."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.device import Device
from engine.errors import BadBundle
from engine.stages import Passed, Stages
from tests.bundles import TINY, networks

EXACT = Device("cpu", 1, exact=True)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def stages(tiny_bundle: Path) -> Stages:
    """Run by ONNX Runtime: fresh weights of several layers are the same, and the exporter keeps one of them."""
    made = Stages(tiny_bundle, EXACT, TINY)
    assert made.description == "ONNX Runtime, float32"
    return made


def volume(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).random(shape, np.float32)


@pytest.mark.parametrize("shape", [(16, 16, 16), (20, 36, 48), (64, 32, 4)])
def test_any_size_that_is_a_multiple_of_4(stages: Stages, shape: tuple[int, int, int]):
    z, passed = stages.encode(volume(*shape), 0)
    quarter, half = tuple(side // 4 for side in shape), tuple(side // 2 for side in shape)
    assert z.shape == (TINY.autoencoder.latent, *quarter)
    assert passed.skip.shape[1:] == half
    assert passed.drafts.shape == (len(TINY.modalities), *shape)
    prior = stages.transform(z, 2)
    assert prior.shape == z.shape
    image = stages.decode(prior, passed, 2)
    assert image.shape == shape
    assert image.dtype == np.float32


@pytest.mark.parametrize("shape", [(17, 16, 16), (16, 18, 16), (16, 16, 31)])
def test_other_sides_are_refused_with_their_numbers(stages: Stages, shape: tuple[int, int, int]):
    with pytest.raises(ValueError, match=r"sides \(.*\) are not multiples of 4"):
        stages.encode(volume(*shape), 0)


def test_the_answer_is_that_of_torch(stages: Stages):
    made, image = networks(TINY), volume(16, 20, 24)
    source, target = torch.tensor([1]), torch.tensor([3])
    with torch.no_grad():
        z, skip, drafts = made["autoencoder"].encode(torch.from_numpy(image)[None, None], source)  # pyright: ignore
        prior = made["ms_spade"](z, target)
        expected = made["autoencoder"].decode(prior, skip, drafts, target)  # pyright: ignore
    found_z, passed = stages.encode(image, 1)
    np.testing.assert_allclose(found_z, z[0].numpy(), atol=1e-4)
    found_prior = stages.transform(found_z, 3)
    np.testing.assert_allclose(found_prior, prior[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(stages.decode(found_prior, passed, 3), expected[0, 0].numpy(), atol=1e-4)


def test_one_graph_serves_every_target(stages: Stages):
    z, passed = stages.encode(volume(16, 16, 16), 0)
    priors = [stages.transform(z, target) for target in range(5)]
    images = [stages.decode(z, passed, target) for target in range(5)]
    for answers in (priors, images):
        for n, one in enumerate(answers):
            assert all(np.abs(one - other).max() > 1e-4 for other in answers[:n])


def test_the_source_changes_the_latent(stages: Stages):
    image = volume(16, 16, 16)
    assert np.abs(stages.encode(image, 0)[0] - stages.encode(image, 2)[0]).max() > 1e-4


def test_what_passes_by_the_latent_reaches_the_image(stages: Stages):
    z, passed = stages.encode(volume(16, 16, 16), 0)
    brighter = Passed(passed.skip, passed.drafts + 1)
    difference = stages.decode(z, brighter, 1) - stages.decode(z, passed, 1)
    assert difference.mean() == pytest.approx(1, abs=0.5)


def test_a_graph_of_another_version_is_refused_in_words(tiny_bundle: Path, tmp_path: Path):
    for name, other in (("encoder", "encoder"), ("ms_spade", "decoder"), ("decoder", "decoder")):
        (tmp_path / f"{name}.onnx").write_bytes((tiny_bundle / f"{other}.onnx").read_bytes())
    with pytest.raises(BadBundle, match=r"ms_spade\.onnx .* another version"):
        Stages(tmp_path, EXACT, TINY)


def test_a_call_that_is_told_to_stop_ends_and_the_next_goes_on(stages: Stages):
    told, image = threading.Event(), volume(96, 96, 96)

    def tell() -> None:
        while not told.wait(0.001):
            stages.stop()

    teller = threading.Thread(target=tell)
    teller.start()
    with pytest.raises(Exception, match="terminate"):
        stages.encode(image, 0)
    told.set()
    teller.join()
    z, _ = stages.encode(volume(16, 16, 16), 0)
    assert np.isfinite(z).all()


def test_a_slab_of_what_passes_belongs_to_its_slices(stages: Stages):
    z, passed = stages.encode(volume(16, 16, 48), 0)
    whole = stages.decode(z, passed, 1)
    slab = stages.decode(z[..., 2:9], passed.slab(slice(2, 9), 12), 1)
    np.testing.assert_allclose(slab[..., 12:16], whole[..., 20:24], atol=1e-3)
