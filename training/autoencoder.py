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
from engine.networks.vqgan import Codebook
from engine.presets import Preset
from training.baselines.intensity import intensity_curve
from training.data import Batch, Subject
from training.discriminator import PatchDiscriminator
from training.losses import hinge_discriminator, hinge_generator, masked_mean, reconstruction, structure
from training.recipes import Recipe


class AutoencoderStage(nn.Module):
    """Networks of stage 1 and their losses; `forward` gives the losses of one part by name."""

    def __init__(self, preset: Preset, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.autoencoder = build_autoencoder(preset)
        self.ms_spade = build_ms_spade(preset)
        self.discriminator = PatchDiscriminator(len(preset.modalities))
        self.codes = CodebookAverage(self.autoencoder.quantizer)
        self.fake: Tensor | None = None

    def start_from(self, subjects: Sequence[Subject], preset: Preset) -> None:
        """Set the intensity curves to what the training subjects say: the decoder starts from there."""
        if self.autoencoder.curves is None:
            return
        values = self.autoencoder.curves.values.data
        knots = np.linspace(0, self.autoencoder.curves.TOP, values.shape[-1])
        for source, target in permutations(preset.modalities, 2):
            curve = intensity_curve(subjects, source, target, knots)
            if curve is not None:
                values[preset.index(source), preset.index(target)] = torch.from_numpy(curve)

    def parts(self) -> dict[str, Iterable[Parameter]]:
        """Parameters of each optimizer."""
        exported = [*self.autoencoder.parameters(), *self.ms_spade.parameters()]
        return {
            "model": [p for p in exported if p is not self.autoencoder.quantizer.embedding.weight],
            "discriminator": self.discriminator.parameters(),
        }

    def exported(self) -> dict[str, nn.Module]:
        """What is averaged and goes into the bundle."""
        return {"autoencoder": self.autoencoder, "ms_spade": self.ms_spade}

    def due(self, part: str, step: int) -> bool:
        """Whether a part is trained in this step."""
        return part == "model" or self._adversarial(step)

    def _adversarial(self, step: int) -> bool:
        return self.recipe.adversary > 0 and step >= self.recipe.adversary_from * self.recipe.steps

    def forward(self, part: str, batch: Batch, step: int) -> dict[str, Tensor]:
        """Weighted losses of "model" or "discriminator"; their sum is what is trained."""
        if part == "discriminator":
            return self._discriminate(batch)
        if step < self.recipe.pretrain * self.recipe.steps:
            return self._reconstruct(batch, None, None)
        source_z, skip, drafts = self.autoencoder.encode(batch.source, batch.source_class)
        prior = self.ms_spade(source_z, batch.target_class)
        image = self.autoencoder.decode(prior, skip, drafts, batch.target_class)
        losses = {
            "translation": reconstruction(image, batch.target, batch.mask),
            "structure": self.recipe.structure * structure(image, batch.target, batch.mask),
        }
        if self._adversarial(step):
            self.fake = (image * batch.mask).detach()
            answer = self.discriminator(image * batch.mask, batch.target_class)
            losses["adversary"] = self.recipe.adversary * hinge_generator(answer)
        if _turn(step, self.recipe.reconstruct_every):
            alone = _turn(step, 2 * self.recipe.reconstruct_every)
            losses |= self._reconstruct(batch, prior, None if alone else (skip, drafts))
        if _turn(step, self.recipe.cycle_every):
            back = self.ms_spade(prior, batch.source_class)
            image = self.autoencoder.decode(back, *nothing(skip, drafts), batch.source_class)
            losses["cycle"] = 0.5 * reconstruction(image, batch.source, batch.mask)
        return losses

    def _reconstruct(
        self, batch: Batch, prior: Tensor | None, passed: tuple[Tensor, Tensor] | None
    ) -> dict[str, Tensor]:
        """The target through the codes: alone, or helped by what the source passes."""
        z, *own = self.autoencoder.encode(batch.target, batch.target_class)
        codes, index = self.autoencoder.quantize(z.float())
        if self.training:
            self.codes.update(z, index)
        straight = z + (codes - z).detach()
        image = self.autoencoder.decode(straight, *(passed or nothing(*own)), batch.target_class)
        small = nn.functional.avg_pool3d(batch.mask, 4)
        name = "helped" if passed else "reconstruction"
        losses = {
            name: reconstruction(image, batch.target, batch.mask),
            f"{name}_structure": self.recipe.structure * structure(image, batch.target, batch.mask),
            "commitment": self.recipe.commitment * masked_mean((z.float() - codes.detach()).square(), small),
        }
        if prior is not None:
            losses["latent"] = self.recipe.latent * masked_mean((prior.float() - z.detach().float()).abs(), small)
        return losses

    def _discriminate(self, batch: Batch) -> dict[str, Tensor]:
        assert self.fake is not None, "the model part comes first"
        real = self.discriminator(batch.target * batch.mask, batch.target_class)
        fake = self.discriminator(self.fake, batch.target_class)
        return {"discriminator": hinge_discriminator(real, fake)}


def _turn(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


class CodebookAverage(nn.Module):
    """Moves each code to the running mean of the latents it stands for, and revives codes that nobody uses
    (van den Oord 2017, appendix A.1)."""

    count: Tensor
    total: Tensor

    def __init__(self, codebook: Codebook, decay: float = 0.98) -> None:
        super().__init__()
        self.codebook, self.decay = [codebook], decay  # in a list: not a submodule a second time
        weight = codebook.embedding.weight
        self.register_buffer("count", torch.zeros(len(weight)))
        self.register_buffer("total", weight.detach().clone() * 0)

    @torch.no_grad()
    def update(self, z: Tensor, index: Tensor) -> None:
        """z (B, latent, i, j, k) and the codes (B, groups, i, j, k) that it was given."""
        weight = self.codebook[0].embedding.weight
        flat = z.detach().float().unflatten(1, (-1, weight.shape[1])).movedim(2, -1).reshape(-1, weight.shape[1])
        used = index.reshape(-1)
        self.count.mul_(self.decay).index_add_(0, used, torch.full((len(used),), 1 - self.decay))
        self.total.mul_(self.decay).index_add_(0, used, flat * (1 - self.decay))
        alive = self.count > 1e-3
        weight[alive] = self.total[alive] / self.count[alive, None]
        dead = (~alive).nonzero()[:, 0][: len(flat) // 16]
        places = torch.randperm(len(flat))[: len(dead)]
        weight[dead] = flat[places]
        self.count[dead] = 2e-3
        self.total[dead] = flat[places] * 2e-3

    def in_use(self) -> float:
        """Share of the codes that are alive."""
        return float((self.count > 1e-3).float().mean())
