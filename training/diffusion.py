"""Stage 2: the denoiser on latents of the frozen stage 1 (paper eq. 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import Parameter

from engine.device import computes_half
from engine.files import write_bytes
from engine.modality import Modality
from engine.networks.autoencoder import Autoencoder
from engine.networks.model import build_unet
from engine.networks.unet import UNet, condition_of
from engine.presets import Preset
from engine.sampling import TRAIN_STEPS, alpha_bar, noised
from training.data import Subject, one_of
from training.launch import Machine
from training.losses import masked_mean
from training.phantom.folder import real_ones


@dataclass(frozen=True, eq=False)
class Latents:
    """One subject in the latent space: z of every modality (latent, i, j, k), share of brain in each latent voxel."""

    name: str
    z: dict[Modality, Tensor]
    mask: Tensor


class LatentBatch(NamedTuple):
    """Crops of latents (B, latent, c, c, c), mask (B, 1, c, c, c), class indices (B,) int64."""

    source: Tensor
    target: Tensor
    mask: Tensor
    target_class: Tensor


class UNetStage(nn.Module):
    """A stage that trains one U-Net, by gradients alone."""

    def __init__(self, unet: UNet) -> None:
        super().__init__()
        self.unet = unet

    def parts(self) -> dict[str, Iterable[Parameter]]:
        """Parameters of the one optimizer."""
        return {"model": self.unet.parameters()}

    def exported(self) -> dict[str, nn.Module]:
        """What is averaged and translates."""
        return {"unet": self.unet}

    def notes(self) -> dict[str, float]:
        """Nothing beside the loss."""
        return {}

    def settle(self, step: int, machine: Machine) -> None:
        """Nothing moves but by gradients."""

    def due(self, part: str, step: int) -> bool:
        """The one part is trained in every step."""
        return True


class DiffusionStage(UNetStage):
    """The U-Net, and its loss under a frozen stage 1.

    first:    "autoencoder" and "ms_spade" of stage 1
    mean, sd: (latent,) of z_target, by which latents are normalised
    """

    def __init__(self, preset: Preset, first: nn.ModuleDict, mean: Tensor, sd: Tensor) -> None:
        super().__init__(build_unet(preset))
        self.preset, self.shape = preset, preset.unet
        self.frozen = [first.eval().requires_grad_(False)]  # in a list: neither trained nor saved here
        self.mean, self.sd = mean.reshape(1, -1, 1, 1, 1), sd.reshape(1, -1, 1, 1, 1)

    def forward(self, part: str, batch: LatentBatch, step: int) -> dict[str, Tensor]:
        """Mean square error of what the U-Net predicts, at uniformly drawn timesteps, inside the brain."""
        with torch.no_grad():
            source = self._quantized(batch.source)
            prior = self._normal(self.frozen[0]["ms_spade"](source, batch.target_class))
        target = self._normal(batch.target)
        t = torch.randint(TRAIN_STEPS, (len(target),)).to(target.device)
        noise = torch.randn(target.shape).to(target.device)
        z_t = noised(target, noise, t)
        condition = condition_of(self.shape.concat, prior, self._normal(source))
        predicted = self.unet(z_t, condition, t, batch.target_class).float()
        wanted = wanted_of(self.shape.predicts, target, noise, t)
        return {"denoise": masked_mean((predicted - wanted).square(), batch.mask)}

    def _quantized(self, z: Tensor) -> Tensor:
        """The source as inference gives it to MS-SPADE."""
        if "source" not in self.preset.quantize:
            return z
        autoencoder = self.frozen[0]["autoencoder"]
        assert isinstance(autoencoder, Autoencoder)
        return autoencoder.quantize(z)[0]

    def _normal(self, z: Tensor) -> Tensor:
        return (z.float() - self.mean.to(z.device)) / self.sd.to(z.device)


def wanted_of(predicts: str, target: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """What the U-Net should say: eps, v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) z (Salimans 2022), or z_target."""
    if predicts == "eps":
        return noise
    if predicts == "sample":
        return target
    share = alpha_bar().to(t.device)[t].reshape(-1, 1, 1, 1, 1)
    return share.sqrt() * noise - (1 - share).sqrt() * target


@torch.no_grad()
def encode_all(autoencoder: Autoencoder, subjects: Sequence[Subject], preset: Preset, cache: Path) -> list[Latents]:
    """Latents of every modality of every subject, encoded once for these weights and kept in the folder `cache`."""
    own = cache / _fingerprint(autoencoder.encoder)
    own.mkdir(parents=True, exist_ok=True)
    return [_encode(autoencoder, subject, preset, kept_as(own, subject)) for subject in subjects]


def kept_as(folder: Path, subject: Subject) -> Path:
    """The file of a subject's latents: other voxels under the same name are others."""
    return folder / f"{subject.name}_{subject.content}.safetensors"


def _fingerprint(network: nn.Module) -> str:
    """A name for these very weights."""
    weights = hashlib.sha256()
    for tensor in network.state_dict().values():
        weights.update(tensor.cpu().contiguous().numpy().tobytes())
    return weights.hexdigest()[:12]


def _encode(autoencoder: Autoencoder, subject: Subject, preset: Preset, path: Path) -> Latents:
    if not path.is_file():
        z, device = {}, next(autoencoder.parameters()).device
        for modality, image in subject.images.items():
            x = torch.from_numpy(image.astype(np.float32))[None, None].to(device)
            source = torch.tensor([preset.index(modality)], device=device)
            with torch.autocast(x.device.type, torch.bfloat16, computes_half(x.device.type)):
                z[modality.value] = autoencoder.encode(x, source)[0][0].float().cpu()
        share = nn.functional.avg_pool3d(torch.from_numpy(subject.mask.astype(np.float32))[None], preset.downsampling)
        write_bytes(path, save({**{name: value.contiguous() for name, value in z.items()}, "mask": share}))
    kept = load_file(path)
    return Latents(subject.name, {m: kept[m.value] for m in subject.images}, kept["mask"])


def statistics(latents: Sequence[Latents]) -> tuple[Tensor, Tensor]:
    """(latent,) mean and standard deviation of z inside the brain, over all modalities and real subjects."""
    inside = [z[:, subject.mask[0] > 0.5] for subject in real_ones(latents) for z in subject.z.values()]
    voxels = torch.cat(inside, dim=1)
    return voxels.mean(1), voxels.std(1)


def draw_latents(
    latents: Sequence[Latents], preset: Preset, crop: int, batch: int, seed: int, step: int, simulated: float = 0.15
) -> LatentBatch:
    """The batch of a step; `crop` in image voxels, 0 for the whole volume; `simulated` as in `training.data.draw`."""
    rng = np.random.default_rng([seed, step])
    side = crop // preset.downsampling
    parts = [_draw(one_of(latents, simulated, rng), side, rng) for _ in range(batch)]
    source, target, mask, target_class = zip(*parts, strict=True)
    index = torch.tensor([preset.index(modality) for modality in target_class])
    return LatentBatch(torch.stack(source), torch.stack(target), torch.stack(mask), index)


def _draw(subject: Latents, side: int, rng: np.random.Generator):
    modalities = list(subject.z)
    first, second = rng.choice(len(modalities), 2, replace=False)
    source, target = subject.z[modalities[first]], subject.z[modalities[second]]
    if not side:
        return source, target, subject.mask, modalities[second]
    inside = (subject.mask[0] > 0.5).nonzero()
    centre = inside[int(rng.integers(len(inside)))]
    low = [max(0, min(int(c) - side // 2, n - side)) for c, n in zip(centre, subject.mask.shape[1:], strict=True)]
    box = (slice(None), *(slice(a, a + side) for a in low))
    return source[box], target[box], subject.mask[box], modalities[second]
