"""Stage 1: every network hears of its mistakes, and the codes follow the latents."""

from collections.abc import Iterable
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.modality import Modality
from engine.presets import ablation
from tests.bundles import TINY
from tests.training.conftest import QUICK
from training.autoencoder import AutoencoderStage
from training.data import Batch, Subject, draw
from training.discriminator import PatchDiscriminator
from training.launch import launch

EVERYTHING = replace(QUICK, pretrain=0.0, alone_every=0, reconstruct_every=1, cycle_every=1, adversary_from=0.0)


@pytest.fixture
def stage() -> AutoencoderStage:
    """Without the zeros that some layers start from: behind them nothing is heard in the first step."""
    torch.manual_seed(0)
    made = AutoencoderStage(TINY, EVERYTHING)
    for parameter in made.parameters():
        if parameter.dim() > 1 and not parameter.detach().any():
            nn.init.normal_(parameter, std=0.05)
    return made


@pytest.fixture
def batch(subjects: list[Subject]) -> Batch:
    """All four contrasts as source and as target."""
    parts = [draw(subjects, TINY, 16, 4, seed=0, step=step, augment=True) for step in range(4)]
    joined = Batch(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))
    assert len(joined.source_class.unique()) == len(joined.target_class.unique()) == 4
    return joined


def unheard(parameters: Iterable[tuple[str, nn.Parameter]]) -> list[str]:
    """Names of the parameters that no gradient reaches."""
    return [name for name, parameter in parameters if parameter.grad is None or not parameter.grad.any()]


def codes_of(stage: AutoencoderStage) -> Tensor:
    assert stage.autoencoder.quantizer is not None
    return stage.autoencoder.quantizer.embedding.weight


def total(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack(list(losses.values())).sum()


def test_the_sum_of_the_losses_reaches_every_weight_that_is_exported(stage: AutoencoderStage, batch: Batch):
    losses = stage("model", batch, 16)  # all terms are due
    image = {"translation", "translation_structure", "reconstruction", "reconstruction_structure"}
    assert set(losses) == image | {"adversary", "cycle", "commitment", "latent"}
    assert all(torch.isfinite(loss) for loss in losses.values())
    total(losses).backward()
    assert unheard(stage.autoencoder.named_parameters()) == ["quantizer.embedding.weight"]
    assert unheard(stage.ms_spade.named_parameters()) == []


@pytest.mark.parametrize(
    ("loss", "part"),
    [
        ("translation", "autoencoder.encoder"),
        ("translation", "ms_spade"),
        ("translation", "autoencoder.decoder"),
        ("translation_structure", "ms_spade"),
        ("adversary", "autoencoder.decoder"),
        ("reconstruction", "autoencoder.encoder"),
        ("commitment", "autoencoder.encoder"),
        ("latent", "ms_spade"),
        ("cycle", "ms_spade"),
    ],
)
def test_each_loss_reaches_its_network(stage: AutoencoderStage, batch: Batch, loss: str, part: str):
    stage("model", batch, 0)[loss].backward()
    network = stage.get_submodule(part)
    assert any(p.grad is not None and p.grad.any() for p in network.parameters())


def test_terms_come_at_their_turn(stage: AutoencoderStage, batch: Batch):
    stage.recipe = replace(EVERYTHING, reconstruct_every=2, cycle_every=3, adversary_from=0.5, steps=6)
    terms = [set(stage("model", batch, step)) for step in range(6)]
    assert ["reconstruction" in names for names in terms] == [True, False, False, False, True, False]
    assert ["helped" in names for names in terms] == [False, False, True, False, False, False]
    assert ["cycle" in names for names in terms] == [True, False, False, True, False, False]
    assert ["adversary" in names for names in terms] == [False] * 3 + [True] * 3
    assert [stage.due("discriminator", step) for step in range(6)] == [False] * 3 + [True] * 3
    assert all(stage.due("model", step) for step in range(6))
    stage.recipe = replace(EVERYTHING, pretrain=0.5, steps=6)
    assert [stage.due("discriminator", step) for step in range(6)] == [False] * 3 + [True] * 3
    stage.recipe = replace(EVERYTHING, reconstruct_every=0, cycle_every=0, adversary=0.0)
    assert set(stage("model", batch, 0)) == {"translation", "translation_structure"}
    assert not stage.due("discriminator", 5)


def test_a_source_that_is_encoded_once_for_its_targets_has_the_losses_of_each(
    stage: AutoencoderStage, subjects: list[Subject]
):
    rows = draw(subjects, TINY, 16, 2, seed=0, step=1, augment=True, targets=3)
    stage.recipe = replace(EVERYTHING, targets=3, reconstruct_every=0, cycle_every=0, sharpness=0.1)
    with patch.object(stage.autoencoder.encoder, "forward", wraps=stage.autoencoder.encoder.forward) as encode:
        together = stage("model", rows, 1)
        assert [len(call.args[0]) for call in encode.call_args_list] == [2]
    stage.recipe = replace(stage.recipe, targets=1)
    apart = stage("model", rows, 1)
    assert together.keys() == apart.keys()
    for name, loss in apart.items():
        assert float(together[name].detach()) == pytest.approx(float(loss.detach()), rel=1e-4)


def test_reconstruction_and_cycle_take_the_first_target_of_each_source(
    stage: AutoencoderStage, subjects: list[Subject]
):
    rows = draw(subjects, TINY, 16, 2, seed=0, step=1, augment=True, targets=3)
    stage.recipe = replace(EVERYTHING, targets=3, adversary=0.0)
    losses = stage("model", rows, 0)
    first = Batch(*(part[::3] for part in rows))
    stage.recipe = replace(EVERYTHING, adversary=0.0)
    alone = stage("model", first, 0)
    for name in ("reconstruction", "latent", "cycle", "commitment"):
        assert float(losses[name].detach()) == pytest.approx(float(alone[name].detach()), rel=1e-4)
    total(losses).backward()


def test_the_quantization_loss_moves_the_codes_where_the_recipe_says_so(batch: Batch):
    stage = AutoencoderStage(TINY, replace(EVERYTHING, codebook="gradient"))
    assert any(p is codes_of(stage) for p in stage.parts()["model"])
    stage("model", batch, 0)["quantization"].backward()
    gradient = codes_of(stage).grad
    assert gradient is not None
    assert gradient.any()
    assert all(p.grad is None for p in stage.autoencoder.encoder.parameters())


def test_features_tell_of_every_image(batch: Batch):
    stage = AutoencoderStage(TINY, replace(EVERYTHING, perceptual=1.0))
    losses = stage("model", batch, 0)
    felt = {name for name in losses if name.endswith("_perceptual")}
    assert felt == {"translation_perceptual", "reconstruction_perceptual"}
    losses["translation_perceptual"].backward()
    assert any(p.grad is not None and p.grad.any() for p in stage.autoencoder.decoder.parameters())
    assert not any("seen" in name for name in stage.state_dict())


def test_the_adaptive_weight_makes_the_adversary_pull_as_hard_as_the_rest(stage: AutoencoderStage, batch: Batch):
    """Esser et al. 2021, eq. 7: on the last layer, both gradients have the same length."""
    stage.recipe = replace(EVERYTHING, adversary=1.0, adaptive=True, reconstruct_every=0, cycle_every=0)
    losses = stage("model", batch, 0)
    last = stage.autoencoder.last_weight
    rest = torch.stack([loss for name, loss in losses.items() if name != "adversary"]).sum()
    pulls = [torch.autograd.grad(loss, last, retain_graph=True)[0].norm() for loss in (rest, losses["adversary"])]
    assert float(pulls[1] / pulls[0]) == pytest.approx(1, rel=0.05)


def test_without_codes_the_latent_is_kept_near_a_normal_distribution(batch: Batch):
    torch.manual_seed(0)
    preset = replace(TINY, autoencoder=replace(TINY.autoencoder, regularizer="kl"), quantize=())
    stage = AutoencoderStage(preset, replace(EVERYTHING, kl=1.0))
    losses = stage("model", batch, 0)
    assert "kl" in losses
    assert not {"commitment", "quantization"} & set(losses)
    losses["kl"].backward()
    assert stage.autoencoder.encoder.get_parameter("out.weight").grad is not None
    assert stage.notes() == {}
    mean, log_variance, *_ = stage.autoencoder.moments(batch.target, batch.target_class)
    expected = (mean.square() + log_variance.exp() - 1 - log_variance) / 2
    small = nn.functional.avg_pool3d(batch.mask, 4)
    wanted = (expected * small).sum() / small.sum() / mean.shape[1]
    torch.testing.assert_close(losses["kl"], wanted, rtol=1e-4, atol=0)


def test_the_source_goes_through_the_codes_where_inference_does_so(stage: AutoencoderStage, batch: Batch):
    seen: list[Tensor] = []
    through = AutoencoderStage(replace(TINY, quantize=("source", "sample")), EVERYTHING)
    through.load_state_dict(stage.state_dict())
    through.ms_spade.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    through.eval()("model", batch, 1)
    codes = codes_of(through).detach()
    vectors = seen[0].detach().unflatten(1, (-1, codes.shape[1])).movedim(2, -1).reshape(-1, codes.shape[1])
    assert float(torch.cdist(vectors, codes).min(1).values.max()) < 1e-4


def test_the_log_hears_of_the_codes(stage: AutoencoderStage, batch: Batch):
    stage("model", batch, 0)
    stage.settle(0, launch(1))
    notes = stage.notes()
    assert 0 < notes["codes"] <= 1
    assert 1 < notes["perplexity"] <= TINY.autoencoder.codes


def test_without_ms_spade_stage_1_only_reconstructs(batch: Batch):
    """Of the ablation: the sampler alone has to translate. The adversary judges what is reconstructed."""
    stage = AutoencoderStage(ablation(TINY, "b"), replace(EVERYTHING, adaptive=True))
    names = [set(stage("model", batch, step)) for step in range(2)]
    assert names == [
        {"reconstruction", "reconstruction_structure", "commitment", "adversary"},
        {"helped", "helped_structure", "commitment", "adversary"},
    ]
    assert torch.isfinite(total(stage("discriminator", batch, 1)))


def test_every_second_reconstruction_is_helped_by_the_source(stage: AutoencoderStage, batch: Batch):
    names = [set(stage("model", batch, step)) & {"reconstruction", "helped"} for step in range(4)]
    assert names == [{"reconstruction"}, {"helped"}] * 2


def test_one_translation_in_so_many_has_the_latent_alone(stage: AutoencoderStage, batch: Batch):
    """Else the decoder lives on the source's skip, and MS-SPADE learns nothing."""
    stage.recipe = replace(EVERYTHING, alone_every=2, reconstruct_every=0, cycle_every=0)
    for step, name in enumerate(("translation_alone", "translation")):
        stage.zero_grad()
        losses = stage("model", batch, step)
        assert name in losses
        losses[name].backward()
        gradient = stage.autoencoder.decoder.get_parameter("source.weight").grad
        assert (gradient is not None and bool(gradient.any())) is (name == "translation")


def test_before_the_joint_stage_the_autoencoder_learns_alone(stage: AutoencoderStage, batch: Batch):
    """A latent that tells nothing yet is given up by a decoder that has the source's skip."""
    stage.recipe = replace(EVERYTHING, pretrain=0.5, steps=6)
    alone = {"reconstruction", "reconstruction_structure", "commitment"}
    assert [set(stage("model", batch, step)) == alone for step in range(6)] == [True] * 3 + [False] * 3
    stage.zero_grad()
    total(stage("model", batch, 0)).backward()
    gradient = stage.autoencoder.decoder.get_parameter("source.weight").grad
    assert gradient is None or not gradient.any()


def test_the_discriminator_learns_apart(stage: AutoencoderStage, batch: Batch):
    stage("model", batch, 0)
    losses = stage("discriminator", batch, 0)
    assert set(losses) == {"discriminator"}
    total(losses).backward()
    # Where no answer has passed its hinge yet, real and fake pull the last bias alike.
    assert set(unheard(stage.discriminator.named_parameters())) <= {"answer.bias"}
    exported = [*stage.autoencoder.parameters(), *stage.ms_spade.parameters()]
    assert all(parameter.grad is None for parameter in exported)


def test_optimizers_share_no_parameter_and_leave_the_codebook(stage: AutoencoderStage):
    parts = {name: {id(p) for p in parameters} for name, parameters in stage.parts().items()}
    assert not parts["model"] & parts["discriminator"]
    assert id(codes_of(stage)) not in parts["model"] | parts["discriminator"]
    trained = {id(p) for p in stage.parameters()} - {id(codes_of(stage))}
    assert parts["model"] | parts["discriminator"] == trained


def test_the_discriminator_never_ships(stage: AutoencoderStage):
    assert set(stage.exported()) == {"autoencoder", "ms_spade"}
    assert not any("discriminator" in name for part in stage.exported().values() for name, _ in part.named_modules())


def test_codes_move_in_training_and_rest_in_use(stage: AutoencoderStage, batch: Batch):
    codes = codes_of(stage)
    before = codes.detach().clone()
    stage.eval()("model", batch, 0)
    stage.settle(0, launch(1))
    assert torch.equal(codes, before)
    stage.train()("model", batch, 0)
    assert torch.equal(codes, before)
    stage.settle(0, launch(1))
    assert not torch.equal(codes, before)


def test_the_running_means_are_saved_with_the_stage(stage: AutoencoderStage):
    assert {"codes.count", "codes.total"} <= set(stage.state_dict())


def test_the_curves_start_at_what_the_subjects_say(subjects: list[Subject]):
    stage = AutoencoderStage(TINY, QUICK)
    curves = stage.autoencoder.curves
    assert curves is not None
    untouched = curves.values.detach().clone()
    stage.start_from(subjects, TINY)
    t1, t2, pd = (TINY.index(modality) for modality in (Modality.T1, Modality.T2, Modality.PD))
    assert torch.equal(curves.values[t1, pd], untouched[t1, pd])
    assert not torch.equal(curves.values[t1, t2], untouched[t1, t2])
    subject = subjects[0]
    source = torch.from_numpy(subject.images[Modality.T1].astype(np.float32))[None, None]
    target = subject.images[Modality.T2].astype(np.float32)
    draft = curves(source, torch.tensor([t1]))[0, t2].detach().numpy()
    inside = subject.mask
    error, copied = (np.square(image[inside] - target[inside]).mean() for image in (draft, source[0, 0].numpy()))
    assert error < 0.25 * copied


def test_spectral_norms_follow_once_a_step_however_many_images_pass():
    torch.manual_seed(0)
    network, image = PatchDiscriminator(4, width=8), torch.randn(1, 1, 16, 16, 16)
    norms = network.stem.get_buffer("parametrizations.weight.0._u")
    before = norms.clone()
    network(image, torch.tensor([0]))
    assert torch.equal(norms, before)
    network.follow()
    assert not torch.equal(norms, before)


def test_the_discriminator_answers_for_its_target():
    torch.manual_seed(0)
    network, image = PatchDiscriminator(4, width=8).eval(), torch.randn(2, 1, 16, 24, 16)
    both = network(image, torch.tensor([1, 3]))
    assert both.shape == (2, 1, 2, 3, 2)
    torch.testing.assert_close(both[1:], network(image[1:], torch.tensor([3])))
    assert not torch.allclose(both[:1], network(image[:1], torch.tensor([2])))
