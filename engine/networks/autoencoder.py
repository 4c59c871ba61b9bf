"""One face for every autoencoder: encode -> (z, skip), decode (z, skip, target) -> image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.networks.light import LightDecoder, LightEncoder
from engine.networks.vqgan import Codebook, Decoder, Encoder
from engine.presets import Preset


class Autoencoder(nn.Module):
    """Encoder, codebook and decoder of a preset.

    z is what the encoder gives before quantization; `quantize` turns it into codes. Presets without source
    skips give a skip without channels and ignore it and the target in `decode`.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        shape = preset.autoencoder
        self.light = shape.family == "light"
        targets = len(preset.modalities)
        self.encoder: nn.Module = LightEncoder(shape) if self.light else Encoder(shape)
        self.decoder: nn.Module = LightDecoder(shape, targets) if self.light else Decoder(shape)
        self.quantizer = Codebook(shape.codes, shape.latent)
        if not self.light:
            self.quant_conv = nn.Conv3d(shape.latent, shape.latent, 1)
            self.post_quant_conv = nn.Conv3d(shape.latent, shape.latent, 1)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Image (B, 1, 4i, 4j, 4k) in model units -> z (B, latent, i, j, k), skip (B, c, 2i, 2j, 2k)."""
        if self.light:
            return self.encoder(x)
        return self.quant_conv(self.encoder(x)), x[:, :0, ::2, ::2, ::2]

    def decode(self, z: Tensor, skip: Tensor, target: Tensor) -> Tensor:
        """z (B, latent, i, j, k), skip, target (B,) int64 -> image (B, 1, 4i, 4j, 4k)."""
        if self.light:
            return self.decoder(z, skip, target)
        return self.decoder(self.post_quant_conv(z))

    def quantize(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """z -> (nearest codes (B, latent, i, j, k), index (B, i, j, k))."""
        return self.quantizer(z)

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        """Reconstruction through the codes, without the help of a skip."""
        z, skip = self.encode(x)
        return self.decode(self.quantize(z)[0], torch.zeros_like(skip), target)
