"""The floor without a latent space: everything in it learns, and it learns."""

from dataclasses import replace

import pytest
import torch

from tests.bundles import TINY
from training.baselines.pix2pix import PIX2PIX, Generator, Pix2PixStage
from training.data import Batch, Subject, draw
from training.launch import launch
from training.loop import train

RECIPE = replace(PIX2PIX, steps=40, crop=24, batch=2, crop_cooldown=24, batch_cooldown=2, warmup=1, rate=2e-3)


@pytest.fixture
def stage() -> Pix2PixStage:
    torch.manual_seed(0)
    return Pix2PixStage(TINY, RECIPE)


def batch_of(subjects: list[Subject], step: int) -> Batch:
    return draw(subjects, TINY, 24, 2, RECIPE.seed, step, augment=False)


def test_every_weight_of_the_generator_is_reached(stage: Pix2PixStage, subjects: list[Subject]):
    found = stage("model", batch_of(subjects, 0), 0)
    assert set(found) == {"l1", "adversary"}
    sum(found.values()).backward()
    silent = [name for name, p in stage.generator.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


def test_the_discriminator_learns_from_a_finished_image(stage: Pix2PixStage, subjects: list[Subject]):
    batch = batch_of(subjects, 0)
    stage("model", batch, 0)
    stage.discriminator.train()
    stage("discriminator", batch, 0)["discriminator"].backward()
    assert all(p.grad is None for p in stage.generator.parameters())
    assert any(p.grad is not None and p.grad.any() for p in stage.discriminator.parameters())


def test_the_discriminator_sees_the_source(stage: Pix2PixStage, subjects: list[Subject]):
    batch = batch_of(subjects, 0)
    one = stage._judged(batch.source, batch.target, batch)
    other = stage._judged(batch.source.flip(2), batch.target, batch)
    assert not torch.equal(one, other)


def test_source_and_target_change_the_answer():
    torch.manual_seed(0)
    generator, image = Generator(5), torch.rand(1, 1, 16, 24, 16)
    t1, t2, flair = (torch.tensor([index]) for index in (0, 2, 3))
    made = generator(image, t1, t2)
    assert made.shape == image.shape
    assert not torch.equal(made, generator(image, t1, flair))
    assert not torch.equal(made, generator(image, flair, t2))


def test_a_crop_is_seen_as_the_whole_is():
    """Away from the crop's rim, for no norm looks further than its voxel."""
    torch.manual_seed(0)
    generator, image = Generator(5), torch.rand(1, 1, 112, 8, 8)
    classes = torch.tensor([0]), torch.tensor([2])
    whole, part = generator(image, *classes), generator(image[:, :, :104], *classes)
    torch.testing.assert_close(whole[:, :, :40], part[:, :, :40], rtol=1e-4, atol=1e-5)


def test_training_lowers_the_loss(stage: Pix2PixStage, subjects: list[Subject], tmp_path):
    fixed = batch_of(subjects, 0)

    def error() -> float:
        with torch.no_grad():
            return float(stage("model", fixed, 0)["l1"])

    before = error()
    train(stage, lambda step, number: batch_of(subjects, number % 4), RECIPE, tmp_path, launch(1, precision="32"))
    assert error() < 0.7 * before
