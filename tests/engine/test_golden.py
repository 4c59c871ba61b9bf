"""The authors' released networks, answer for answer: random weights of theirs in networks of ours."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from engine import sampling
from engine.networks.autoencoder import Autoencoder
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import RELEASED
from engine.progress import finish
from engine.released import rename
from engine.sampling import Plan, sample
from engine.synthesis import Mode

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = replace(
    RELEASED,
    autoencoder=replace(RELEASED.autoencoder, channels=(32, 32, 64), codes=128),
    spade=replace(RELEASED.spade, channels=(8, 16, 8)),
    unet=replace(RELEASED.unet, channels=(32, 32, 64), head=16),
)
NETWORK, SAMPLE = 1e-4, 1e-3
"""Largest difference from the reference, in its standard deviations."""


@pytest.fixture(scope="module")
def golden(golden_folder: Path) -> dict[str, Tensor]:
    return load_file(golden_folder / "released-small-io.safetensors")


@pytest.fixture(scope="module")
def networks(golden_folder: Path) -> dict[str, nn.Module]:
    """Every tensor of the checkpoint has a place, and every place of ours a tensor."""
    state = rename(load_file(golden_folder / "released-small.safetensors"))
    built = {"autoencoder": build_autoencoder(SMALL), "ms_spade": build_ms_spade(SMALL), "unet": build_unet(SMALL)}
    assert set(state) == set(built)
    for name, network in built.items():
        network.load_state_dict(state[name])
    return {name: network.eval().requires_grad_(False) for name, network in built.items()}


@pytest.fixture(scope="module")
def autoencoder(networks: dict[str, nn.Module]) -> Autoencoder:
    found = networks["autoencoder"]
    assert isinstance(found, Autoencoder)
    return found


@pytest.fixture(scope="module")
def condition(golden: dict[str, Tensor]) -> Tensor:
    return torch.cat([golden["vq.quantized"], golden["spade.2"]], dim=1)


def agree(found: Tensor, golden: Tensor, tolerance: float = NETWORK):
    assert found.shape == golden.shape
    assert float((found - golden).abs().max() / golden.std()) <= tolerance


def decode(autoencoder: Autoencoder, z: Tensor) -> Tensor:
    nothing = torch.zeros(1, 0, 1, 1, 1)
    return autoencoder.decode(z, nothing, nothing, torch.tensor([2]))


def test_encoder(autoencoder: Autoencoder, golden: dict[str, Tensor]):
    agree(autoencoder.encode(golden["vq.input"], torch.tensor([0]))[0], golden["vq.pre_quant"])


def test_codebook(autoencoder: Autoencoder, golden: dict[str, Tensor]):
    agree(autoencoder.quantize(golden["vq.pre_quant"])[0], golden["vq.quantized"])


def test_decoder(autoencoder: Autoencoder, golden: dict[str, Tensor]):
    agree(decode(autoencoder, golden["vq.quantized"]), golden["vq.decoded"])


@pytest.mark.parametrize("target", range(4))
def test_ms_spade(networks: dict[str, nn.Module], golden: dict[str, Tensor], target: int):
    agree(networks["ms_spade"](golden["vq.quantized"], torch.tensor([target])), golden[f"spade.{target}"])


def test_unet(networks: dict[str, nn.Module], golden: dict[str, Tensor], condition: Tensor):
    agree(networks["unet"](golden["unet.z_t"], condition, golden["unet.t"], torch.tensor([2])), golden["unet.eps"])


def test_reference_sampler(
    networks: dict[str, nn.Module],
    golden: dict[str, Tensor],
    condition: Tensor,
    monkeypatch: pytest.MonkeyPatch,
):
    visited: list[int] = []

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        visited.append(int(t))
        return networks["unet"](z_t, condition, t, torch.tensor([2]))

    monkeypatch.setattr(sampling, "noise_like", lambda z, seed: golden["unet.z_t"])
    found = finish(sample(denoise, golden["spade.2"], Plan(Mode.REFERENCE, 10), seed=0))
    assert visited == golden["ddim10.timesteps"].flip(0).tolist()
    agree(found, golden["ddim10.sample"], SAMPLE)


def test_the_authors_decode_the_sample_without_quantizing_it(autoencoder: Autoencoder, golden: dict[str, Tensor]):
    agree(decode(autoencoder, golden["ddim10.sample"]), golden["ddim10.decoded"])
