"""Stage 1: encoder, codebook, MS-SPADE and decoder, jointly on the image (paper, figure 3a)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import Parameter

from engine.networks.light import nothing
from engine.networks.model import build_autoencoder, build_ms_spade
from engine.presets import Preset
from training.baselines.intensity import intensity_curve
from training.codebook import CodebookAverage
from training.data import Batch, Subject
from training.discriminator import PatchDiscriminator
from training.launch import Machine
from training.losses import hinge_discriminator, hinge_generator, masked_mean, reconstruction, sharpness, structure
from training.perceptual import features_of, perceptual
from training.phantom.folder import real_ones
from training.recipes import Recipe


class AutoencoderStage(nn.Module):
    """Networks of stage 1 and their losses; `forward` gives the losses of one part by name."""

    def __init__(self, preset: Preset, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.autoencoder = build_autoencoder(preset)
        self.ms_spade = build_ms_spade(preset)
        self.discriminator = PatchDiscriminator(len(preset.modalities))
        quantizer = self.autoencoder.quantizer
        self.codes = CodebookAverage(quantizer) if quantizer is not None else None
        self.translates = preset.spade.family != "none"  # else the sampler alone does
        self.through_codes = "source" in preset.quantize
        # In a list: not a submodule, for it neither learns nor is saved.
        self.seen = [features_of(recipe.perceptual_weights)] if recipe.perceptual else None
        self.fake: Tensor | None = None

    def start_from(self, subjects: Sequence[Subject], preset: Preset) -> None:
        """Set the intensity curves to what the training subjects say: the decoder starts from there."""
        if self.autoencoder.curves is None:
            return
        values = self.autoencoder.curves.values.data
        knots = np.linspace(0, self.autoencoder.curves.TOP, values.shape[-1])
        for source, target in permutations(preset.modalities, 2):
            both = real_ones([subject for subject in subjects if {source, target} <= subject.images.keys()])
            curve = intensity_curve(both, source, target, knots)
            if curve is not None:
                values[preset.index(source), preset.index(target)] = torch.from_numpy(curve)

    def parts(self) -> dict[str, Iterable[Parameter]]:
        """Parameters of each optimizer."""
        quantizer = self.autoencoder.quantizer
        followed = None if quantizer is None or self.recipe.codebook == "gradient" else quantizer.embedding.weight
        exported = [*self.autoencoder.parameters(), *self.ms_spade.parameters()]
        return {
            "model": [p for p in exported if p is not followed],
            "discriminator": self.discriminator.parameters(),
        }

    def exported(self) -> dict[str, nn.Module]:
        """What is averaged and goes into the bundle."""
        return {"autoencoder": self.autoencoder, "ms_spade": self.ms_spade}

    def due(self, part: str, step: int) -> bool:
        """Whether a part is trained in this step."""
        return part == "model" or self._adversarial(step)

    def _adversarial(self, step: int) -> bool:
        begins = max(self.recipe.adversary_from, self.recipe.pretrain) * self.recipe.steps
        return self.recipe.adversary > 0 and step >= begins

    def forward(self, part: str, batch: Batch, step: int) -> dict[str, Tensor]:
        """Weighted losses of "model" or "discriminator"; their sum is what is trained."""
        if part == "discriminator":
            return self._discriminate(batch)
        first = _every(batch, self.recipe.targets)
        if step < self.recipe.pretrain * self.recipe.steps:
            return self._reconstruct(first, None, None)[0]
        source_z, skip, drafts = self.autoencoder.encode(first.source, first.source_class)
        if not self.translates:
            helped = None if _turn(step, 2) else (self._to_rows(skip), self._to_rows(drafts))
            losses, image = self._reconstruct(batch, None, helped)
            return losses | self._fool(image, batch, losses, step)
        source_z = self._as_at_inference(source_z)
        prior = self.ms_spade(self._to_rows(source_z), batch.target_class)
        alone = _turn(step, self.recipe.alone_every)
        passed = nothing(skip, drafts) if alone else (skip, drafts)
        skips, drawn = self._to_rows(passed[0]), self._to_rows(passed[1])
        image = self.autoencoder.decode(prior, skips, drawn, batch.target_class)
        losses = self._image_losses("translation_alone" if alone else "translation", image, batch)
        losses |= self._fool(image, batch, losses, step)
        prior = prior[:: self.recipe.targets]
        if _turn(step, self.recipe.reconstruct_every):
            alone = _turn(step, 2 * self.recipe.reconstruct_every)
            losses |= self._reconstruct(first, prior, None if alone else (skip, drafts))[0]
        if _turn(step, self.recipe.cycle_every):
            back = self.ms_spade(prior, first.source_class)
            image = self.autoencoder.decode(back, *nothing(skip, drafts), first.source_class)
            losses["cycle"] = self.recipe.cycle * reconstruction(image, first.source, first.mask)
        return losses

    def _to_rows(self, of_sources: Tensor) -> Tensor:
        """(sources, ...) -> (B, ...): each as often as its source has targets."""
        targets = self.recipe.targets
        return of_sources if targets == 1 else of_sources.repeat_interleave(targets, 0)

    def _image_losses(self, name: str, image: Tensor, batch: Batch) -> dict[str, Tensor]:
        """What an image is told against its target: voxels, structure, features."""
        losses = {
            name: reconstruction(image, batch.target, batch.mask),
            f"{name}_structure": self.recipe.structure * structure(image, batch.target, batch.mask),
        }
        if self.recipe.sharpness and not name.endswith("alone"):
            losses[f"{name}_sharpness"] = self.recipe.sharpness * sharpness(image, batch.target, batch.mask)
        if self.seen is not None:
            felt = perceptual(self.seen[0].to(image.device), image, batch.target, batch.mask)
            losses[f"{name}_perceptual"] = self.recipe.perceptual * felt
        return losses

    def _as_at_inference(self, z: Tensor) -> Tensor:
        """The source's latent through the codes where the preset says so; the gradient passes straight."""
        if not self.through_codes:
            return z
        codes, _ = self.autoencoder.quantize(z.float())
        return z + (codes - z).detach()

    def _fool(self, image: Tensor, batch: Batch, others: dict[str, Tensor], step: int) -> dict[str, Tensor]:
        """The generator's side of the adversary, once it is there; keeps the image for the discriminator's."""
        if not self._adversarial(step):
            return {}
        self.fake = (image * batch.mask).detach()
        loss = hinge_generator(self.discriminator(image * batch.mask, batch.target_class))
        weight = self.recipe.adversary
        if self.recipe.adaptive:
            last = self.autoencoder.last_weight
            both = (torch.stack(list(others.values())).sum(), loss)
            pulls = [torch.autograd.grad(part, last, retain_graph=True)[0].float().norm() for part in both]
            weight = weight * (pulls[0] / (pulls[1] + 1e-4)).clamp(max=1e4).detach()
        return {"adversary": weight * loss}

    def _reconstruct(
        self, batch: Batch, prior: Tensor | None, passed: tuple[Tensor, Tensor] | None
    ) -> tuple[dict[str, Tensor], Tensor]:
        """The target through the codes: alone, or helped by what the source passes. Losses, and the image."""
        z, log_variance, *own = self.autoencoder.moments(batch.target, batch.target_class)
        small = nn.functional.avg_pool3d(batch.mask, 4)
        straight, losses = self._regularized(z, log_variance, small)
        image = self.autoencoder.decode(straight, *(passed or nothing(*own)), batch.target_class)
        losses |= self._image_losses("helped" if passed else "reconstruction", image, batch)
        if prior is not None:
            losses["latent"] = self.recipe.latent * masked_mean((prior.float() - z.detach().float()).abs(), small)
        return losses, image

    def _regularized(self, z: Tensor, log_variance: Tensor, mask: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """What the decoder is given of a latent, and the losses that keep the latent in bounds."""
        if self.codes is None:
            wide = log_variance.float()
            kl = masked_mean((z.float().square() + wide.exp() - 1 - wide) / 2, mask)
            drawn = z + torch.randn_like(z) * (log_variance / 2).exp() if self.training else z
            return drawn, {"kl": self.recipe.kl * kl}
        codes, index = self.autoencoder.quantize(z.float())
        if self.training:
            self.codes.observe(z, index)
        losses = {"commitment": self.recipe.commitment * masked_mean((z.float() - codes.detach()).square(), mask)}
        if self.recipe.codebook == "gradient":
            losses["quantization"] = masked_mean((z.detach().float() - codes).square(), mask)
        return z + (codes - z).detach(), losses

    def settle(self, step: int, machine: Machine) -> None:
        """After a step: codes and spectral norms follow what they measure, in every process alike."""
        if self.codes is not None:
            self.codes.settle(machine, move=self.recipe.codebook == "average")
        if self._adversarial(step):
            self.discriminator.follow()

    def notes(self) -> dict[str, float]:
        """Of the codebook, for the log: the share of codes in use, and their perplexity."""
        return {} if self.codes is None else {"codes": self.codes.in_use(), "perplexity": self.codes.perplexity()}

    def _discriminate(self, batch: Batch) -> dict[str, Tensor]:
        assert self.fake is not None, "the model part comes first"
        real = self.discriminator(batch.target * batch.mask, batch.target_class)
        fake = self.discriminator(self.fake, batch.target_class)
        return {"discriminator": hinge_discriminator(real, fake)}


def _every(batch: Batch, rows: int) -> Batch:
    """The first row of each source."""
    return batch if rows == 1 else Batch(*(part[::rows] for part in batch))


def _turn(step: int, every: int) -> bool:
    return every > 0 and step % every == 0
