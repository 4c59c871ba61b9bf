"""Stage 2: the denoiser alone learns, on latents that are encoded once."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.networks.model import build_autoencoder
from engine.presets import Preset
from engine.sampling import alpha_bar, noised
from tests.bundles import TINY, networks
from tests.training.conftest import FOUR
from training.data import Subject
from training.diffusion import DiffusionStage, Latents, draw_latents, encode_all, statistics, wanted_of

LATENT = TINY.autoencoder.latent


@pytest.fixture(scope="module")
def latents(subjects: list[Subject], tmp_path_factory: pytest.TempPathFactory) -> list[Latents]:
    autoencoder = networks(TINY)["autoencoder"]
    return encode_all(autoencoder, subjects, TINY, tmp_path_factory.mktemp("latents"))  # pyright: ignore[reportArgumentType]


def first_of(preset: Preset) -> nn.ModuleDict:
    """Stage 1 with random weights."""
    made = networks(preset)
    return nn.ModuleDict({"autoencoder": made["autoencoder"], "ms_spade": made["ms_spade"]})


@pytest.fixture
def stage(latents: list[Latents]) -> DiffusionStage:
    torch.manual_seed(0)
    return DiffusionStage(TINY, first_of(TINY), *statistics(latents))


def test_latents_are_a_quarter_of_the_image(latents: list[Latents], subjects: list[Subject]):
    for latent, subject in zip(latents, subjects, strict=True):
        quarter = tuple(side // 4 for side in subject.mask.shape)
        assert set(latent.z) == set(FOUR)
        assert all(z.shape == (TINY.autoencoder.latent, *quarter) for z in latent.z.values())
        assert latent.mask.shape == (1, *quarter)
        assert float(latent.mask.mean()) == pytest.approx(subject.mask.mean(), abs=1e-5)


def test_latents_are_encoded_once(subjects: list[Subject], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    autoencoder = build_autoencoder(TINY).eval()
    first = encode_all(autoencoder, subjects, TINY, tmp_path)
    monkeypatch.setattr(autoencoder, "encode", None)
    again = encode_all(autoencoder, subjects, TINY, tmp_path)
    for one, other in zip(first, again, strict=True):
        assert all(torch.equal(one.z[m], other.z[m]) for m in FOUR)


def test_statistics_are_those_of_the_brain(latents: list[Latents]):
    mean, sd = statistics(latents)
    assert mean.shape == sd.shape == (TINY.autoencoder.latent,)
    inside = [z[:, latent.mask[0] > 0.5] for latent in latents for z in latent.z.values()]
    normal = (torch.cat(inside, 1) - mean[:, None]) / sd[:, None]
    torch.testing.assert_close(normal.mean(1), torch.zeros(LATENT), rtol=0, atol=1e-3)
    torch.testing.assert_close(normal.std(1), torch.ones(LATENT), rtol=1e-3, atol=0)


def test_a_batch_depends_on_seed_and_step_alone(latents: list[Latents]):
    def batch(step: int, seed: int = 0):
        return draw_latents(latents, TINY, crop=16, batch=3, seed=seed, step=step)

    first = batch(4)
    torch.manual_seed(9)
    assert all(torch.equal(a, b) for a, b in zip(first, batch(4), strict=True))
    assert not torch.equal(first.source, batch(5).source)
    assert not torch.equal(first.source, batch(4, seed=1).source)
    assert first.source.shape == first.target.shape == (3, LATENT, 4, 4, 4)
    assert first.mask.shape == (3, 1, 4, 4, 4)
    assert not torch.equal(first.source, first.target)


def test_simulated_patients_come_as_often_as_the_recipe_says(latents: list[Latents]):
    """And teach nothing of how latents are spread, where there are real ones."""
    made_up = [
        replace(one, name=f"Phantom_{n:05d}", z={m: z + 50 for m, z in one.z.items()}) for n, one in enumerate(latents)
    ]
    for share, least, most in ((0.0, 0, 0), (0.2, 2, 20), (1.0, 60, 60)):
        drawn = [
            draw_latents([*latents, *made_up], TINY, 16, 1, 0, step, share).source.mean() > 25 for step in range(60)
        ]
        assert least <= sum(map(bool, drawn)) <= most
    for one, other in zip(statistics([*latents, *made_up]), statistics(latents), strict=True):
        assert torch.equal(one, other)


def test_a_subject_that_changed_is_encoded_anew(subjects: list[Subject], tmp_path: Path):
    autoencoder = build_autoencoder(TINY).eval()
    other = replace(subjects[0], images={m: image[::-1] for m, image in subjects[0].images.items()})
    z = [encode_all(autoencoder, [one], TINY, tmp_path)[0].z[FOUR[0]] for one in (subjects[0], other, subjects[0])]
    assert not torch.equal(z[0], z[1])
    assert torch.equal(z[0], z[2])


def test_crop_0_is_the_whole_volume(latents: list[Latents]):
    batch = draw_latents(latents, TINY, crop=0, batch=1, seed=0, step=0)
    assert batch.source.shape[2:] == latents[0].mask.shape[1:]


@pytest.mark.parametrize("predicts", ["eps", "v", "sample"])
def test_what_the_denoiser_should_say_gives_the_target_back(predicts: str):
    """z_t, t and the answer together are the target: eps and v by their definitions."""
    generator = torch.Generator().manual_seed(0)
    target, noise = (torch.randn(4, 8, 3, 3, 3, generator=generator) for _ in range(2))
    t = torch.tensor([0, 100, 500, 999])
    z_t, wanted = noised(target, noise, t), wanted_of(predicts, target, noise, t)
    share = alpha_bar()[t].reshape(-1, 1, 1, 1, 1)
    found = {
        "eps": (z_t - (1 - share).sqrt() * wanted) / share.sqrt(),
        "v": share.sqrt() * z_t - (1 - share).sqrt() * wanted,
        "sample": wanted,
    }[predicts]
    torch.testing.assert_close(found, target, rtol=1e-3, atol=1e-3)


def losses(stage: DiffusionStage, latents: list[Latents]) -> dict[str, Tensor]:
    torch.manual_seed(1)
    return stage("model", draw_latents(latents, TINY, crop=16, batch=4, seed=0, step=0), 0)


def test_only_the_denoiser_learns(stage: DiffusionStage, latents: list[Latents]):
    found = losses(stage, latents)
    assert set(found) == {"denoise"}
    found["denoise"].backward()
    assert all(parameter.grad is None for parameter in stage.frozen[0].parameters())
    heard = {name for name, p in stage.unet.named_parameters() if p.grad is not None and p.grad.any()}
    assert {"out.2.weight", "out.2.bias"} <= heard
    assert {id(p) for p in stage.parameters()} == {id(p) for p in stage.parts()["model"]}
    assert not any("frozen" in name for name in stage.state_dict())
    assert set(stage.exported()) == {"unet"}


def test_the_loss_is_1_for_a_silent_denoiser_of_noise(latents: list[Latents]):
    """eps has variance 1: a U-Net that says 0 pays 1."""
    preset = replace(TINY, unet=replace(TINY.unet, predicts="eps"))
    stage = DiffusionStage(preset, first_of(preset), *statistics(latents))
    for parameter in stage.unet.out.parameters():
        torch.nn.init.zeros_(parameter)
    assert losses(stage, latents)["denoise"].item() == pytest.approx(1, abs=0.1)


def test_the_source_joins_the_condition_where_the_preset_says_so(latents: list[Latents]):
    preset = replace(TINY, unet=replace(TINY.unet, concat="prior+source"))
    stage = DiffusionStage(preset, first_of(preset), *statistics(latents))
    assert torch.isfinite(losses(stage, latents)["denoise"])
