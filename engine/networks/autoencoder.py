"""One face for every autoencoder: image -> z and what passes by it -> image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.networks.light import Curves, LightDecoder, LightEncoder, nothing
from engine.networks.vqgan import Codebook, Decoder, Encoder
from engine.presets import Preset


def unit(z: Tensor) -> Tensor:
    """z with a mean square of 1 over the channels of each voxel: no loss can shrink it."""
    wide = z.float()
    return (wide * torch.rsqrt(wide.square().mean(1, keepdim=True) + 1e-5)).to(z.dtype)


class Autoencoder(nn.Module):
    """Encoder, codebook and decoder of a preset.

    z is what the encoder gives before quantization; `quantize` turns it into codes. Presets without source
    skips give a skip and drafts without channels and ignore them, the source and the target. Presets
    regularized by "kl" have no codebook: z is the mean of a normal distribution.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        shape = preset.autoencoder
        self.light, self.vq = shape.family == "light", shape.regularizer == "vq"
        targets = len(preset.modalities)
        self.encoder: nn.Module = LightEncoder(shape, targets) if self.light else Encoder(shape)
        self.decoder: nn.Module = LightDecoder(shape, targets) if self.light else Decoder(shape)
        self.curves = Curves(targets, shape.knots) if shape.knots else None
        self.quantizer = Codebook(shape.codes, shape.latent // shape.groups) if self.vq else None
        if not self.light:
            self.quant_conv = nn.Conv3d(shape.moments, shape.moments, 1)
            self.post_quant_conv = nn.Conv3d(shape.latent, shape.latent, 1)

    def encode(self, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Image (B, 1, 4i, 4j, 4k) in model units and source (B,) int64.

        Returns z (B, latent, i, j, k), skip (B, c, 2i, 2j, 2k), drafts (B, targets, 4i, 4j, 4k).
        """
        z, _, skip, drafts = self.moments(x, source)
        return z, skip, drafts

    def moments(self, x: Tensor, source: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As `encode`, with the logarithm of z's variance second (without channels where it has none)."""
        if self.light:
            made, skip = self.encoder(x, source)
            drafts = x[:, :0] if self.curves is None else self.curves(x, source)
        else:
            made, skip, drafts = self.quant_conv(self.encoder(x)), x[:, :0, ::2, ::2, ::2], x[:, :0]
        if not self.vq:
            mean, log_variance = made.chunk(2, dim=1)
            return mean, log_variance.clamp(-30, 20), skip, drafts
        return (unit(made) if self.light else made), made[:, :0], skip, drafts

    def decode(self, z: Tensor, skip: Tensor, drafts: Tensor, target: Tensor) -> Tensor:
        """z (B, latent, i, j, k), skip, drafts, target (B,) int64 -> image (B, 1, 4i, 4j, 4k)."""
        if self.light:
            return self.decoder(z, skip, drafts, target)
        return self.decoder(self.post_quant_conv(z))

    def quantize(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """z -> (nearest codes (B, latent, i, j, k), index (B, groups, i, j, k)); without a codebook z itself."""
        return self.quantizer(z) if self.quantizer is not None else (z, z[:, :0])

    @property
    def last_weight(self) -> nn.Parameter:
        """Of the convolution that gives the image."""
        return self.decoder.get_parameter("out.weight" if self.light else "conv_out.weight")

    def forward(self, x: Tensor, modality: Tensor) -> Tensor:
        """Reconstruction through the codes, without the help of a skip."""
        z, skip, drafts = self.encode(x, modality)
        return self.decode(self.quantize(z)[0], *nothing(skip, drafts), modality)
