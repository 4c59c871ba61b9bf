"""The floor without diffusion: z_source to z_target in one pass, on a bundle's own latents."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.bundle import Bundle, open_bundle
from engine.device import Device
from engine.modality import Modality
from engine.networks.model import build_unet
from engine.stages import Stages
from tests.bundles import TINY
from tests.training.conftest import FOUR
from training.baselines.regression import (
    REGRESSION,
    Normal,
    RegressionStage,
    build_regression,
    encode_by,
    predict,
    regress,
)
from training.data import Subject
from training.diffusion import Latents, draw_latents, encode_all, statistics
from training.launch import launch
from training.loop import train

RECIPE = replace(REGRESSION, steps=60, crop=16, batch=2, crop_cooldown=16, batch_cooldown=2, warmup=1, rate=3e-3)


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return open_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def latents(bundle: Bundle, subjects: list[Subject], tmp_path_factory: pytest.TempPathFactory) -> list[Latents]:
    stages = Stages(bundle.directory, Device("cpu", 1))
    return encode_by(bundle, stages, subjects, tmp_path_factory.mktemp("latents"))


@pytest.fixture
def stage(latents: list[Latents]) -> RegressionStage:
    torch.manual_seed(0)
    mean, sd = statistics(latents)
    return RegressionStage(TINY, Normal(mean.tolist(), sd.tolist()))


def batch_of(latents: list[Latents], step: int):
    return draw_latents(latents, TINY, 16, 2, RECIPE.seed, step)


def test_it_has_the_denoisers_size_but_for_what_is_not_joined():
    ours, theirs = (
        sum(p.numel() for p in network.parameters()) for network in (build_regression(TINY), build_unet(TINY))
    )
    latent, width = TINY.autoencoder.latent, TINY.unet.channels[0]
    assert theirs - ours == latent * width * 27


def test_the_bundles_graph_and_the_torch_encoder_make_the_same_latents(
    latents: list[Latents], subjects: list[Subject], tmp_path: Path
):
    from tests.bundles import networks

    torch_made = encode_all(networks(TINY)["autoencoder"], subjects, TINY, tmp_path)  # pyright: ignore[reportArgumentType]
    for one, other in zip(latents, torch_made, strict=True):
        assert torch.equal(one.mask, other.mask)
        for modality in FOUR:  # the latter in bfloat16
            torch.testing.assert_close(one.z[modality], other.z[modality], rtol=0, atol=0.1)


def test_latents_are_encoded_once(bundle: Bundle, subjects: list[Subject], tmp_path: Path, monkeypatch):
    stages = Stages(bundle.directory, Device("cpu", 1))
    first = encode_by(bundle, stages, subjects[:1], tmp_path)
    monkeypatch.setattr(stages, "encode", None)
    again = encode_by(bundle, stages, subjects[:1], tmp_path)
    assert torch.equal(first[0].z[Modality.T1], again[0].z[Modality.T1])


def test_every_weight_that_counts_is_reached(stage: RegressionStage, latents: list[Latents]):
    for block in stage.unet.modules():  # what starts at zero passes nothing back yet
        for parameter in block.parameters(recurse=False):
            if parameter.dim() > 1 and not parameter.detach().any():
                torch.nn.init.normal_(parameter, std=0.05)
    stage("model", batch_of(latents, 0), 0)["regression"].backward()
    heard = {name for name, p in stage.unet.named_parameters() if p.grad is not None and p.grad.any()}
    assert {"input_blocks.0.0.weight", "out.2.weight", "out.2.bias"} <= heard
    assert len(heard) > 0.8 * len(list(stage.unet.parameters()))


def test_the_target_is_heard(stage: RegressionStage, latents: list[Latents]):
    for parameter in stage.unet.parameters():
        if parameter.dim() > 1 and not parameter.detach().any():
            torch.nn.init.normal_(parameter, std=0.05)
    source = stage.normal.of(batch_of(latents, 0).source[:1])
    made = [predict(stage.unet, source, torch.tensor([index])) for index in (1, 2)]
    assert not torch.allclose(*made)


def test_training_lowers_the_loss(stage: RegressionStage, latents: list[Latents], tmp_path: Path):
    fixed = batch_of(latents, 0)

    def error() -> float:
        with torch.no_grad():
            return float(stage("model", fixed, 0)["regression"])

    before = error()
    train(stage, lambda step, number: batch_of(latents, number % 4), RECIPE, tmp_path, launch(1, precision="32"))
    assert error() < 0.8 * before


def test_inference_does_what_training_did(stage: RegressionStage, latents: list[Latents]):
    batch = batch_of(latents, 0)
    with torch.no_grad():
        told = predict(stage.unet, stage.normal.of(batch.source[:1]), batch.target_class[:1])
    made = regress(stage.unet, stage.normal, batch.source[0].numpy(), int(batch.target_class[0]))
    torch.testing.assert_close(torch.from_numpy(made), stage.normal.back(told)[0])
