"""The torch half of a bundle: the U-Net, the codebook, and the sampler that moves them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.bundle import Bundle
from engine.device import Device
from engine.networks.model import build_unet
from engine.networks.unet import condition_of
from engine.networks.vqgan import Codebook
from engine.progress import Work
from engine.recording import Recorder
from engine.sampling import Plan, estimate, sample
from engine.setback import require_numbers

Floats = npt.NDArray[np.float32]


class Refiner:
    """z_prior -> a sampled z_target, in the latent's own units. Arrays are (latent, i, j, k) without batch axis."""

    def __init__(self, bundle: Bundle, device: Device) -> None:
        self.preset, self.device = bundle.preset, device
        weights = load_file(bundle.directory / "unet.safetensors")
        self.codebook: Codebook | None = None
        if "codebook" in weights:
            codes = weights.pop("codebook").float()
            self.codebook = Codebook(*codes.shape)
            self.codebook.embedding.weight.data = codes
        with torch.device("meta"):
            unet = build_unet(bundle.preset)
        unet.load_state_dict({name: tensor.float() for name, tensor in weights.items()}, assign=True)
        self.unet = device.place(unet.eval())
        self.mean = torch.tensor(bundle.latent_mean).reshape(1, -1, 1, 1, 1)
        self.sd = torch.tensor(bundle.latent_sd).reshape(1, -1, 1, 1, 1)
        self.seen: Callable[[slice], Floats] | None = None
        self._stopped = threading.Event()
        self._run: Callable[..., Tensor] = self.unet
        if device.name == "cuda":
            self._run = Recorder(self.unet)
        else:  # a step on a card is too short to be given up in
            for layer in self.unet.modules():
                layer.register_forward_pre_hook(self._go_on)

    def stop(self) -> None:
        """From another thread: the evaluation under way ends, with an error, before its next layer."""
        self._stopped.set()

    @torch.no_grad()
    def quantize(self, z: Floats) -> Floats:
        """Every latent vector replaced by the nearest code; itself where the preset has no codes."""
        if self.codebook is None:
            return z
        return self.codebook(torch.from_numpy(z)[None])[0][0].numpy()

    def sample(self, z_prior: Floats, z_source: Floats, target: int, plan: Plan, seed: int) -> Work[Floats]:
        """Yields a step an evaluation of the U-Net; the result is quantized where the preset says so.

        `seen` gives meanwhile some axial slices of what the result is estimated to be by now (None before the first
        evaluation).
        """
        self._stopped.clear()
        self.seen = None
        prior = self._normal(z_prior)
        condition = condition_of(self.preset.unet.concat, prior, self._normal(z_source))
        index = torch.tensor([target])

        @torch.no_grad()
        def denoise(z_t: Tensor, t: Tensor) -> Tensor:
            self._go_on()
            with self.device.autocast():
                given = (z_t, condition, t, index)
                predicted = self._run(*(tensor.to(self.device.name) for tensor in given)).float().cpu()
            require_numbers(predicted.numpy(), "the sampler")
            seen, predicts = z_t.cpu(), self.preset.unet.predicts
            self.seen = lambda cut: self._own(estimate(seen[..., cut], predicted[..., cut], t.cpu(), predicts))
            return predicted

        latent = yield from sample(denoise, prior, plan, seed, self.preset.unet.predicts)
        return self._own(latent)

    @torch.no_grad()
    def _own(self, latent: Tensor) -> Floats:
        """From the sampler's units to the latent's own, quantized where the preset says so."""
        sampled = (latent * self.sd + self.mean)[0].numpy()
        return self.quantize(sampled) if "sample" in self.preset.quantize else sampled

    def _go_on(self, *_: object) -> None:
        if self._stopped.is_set():
            raise InterruptedError("the sampler was told to stop")

    def _normal(self, z: Floats) -> Tensor:
        return (torch.from_numpy(z)[None] - self.mean) / self.sd
