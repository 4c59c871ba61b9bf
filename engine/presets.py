"""Shapes of the model as values. A variant is a `replace`; a bundle's manifest is the truth at load time."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from engine.modality import Modality


@dataclass(frozen=True)
class Grid:
    """The voxel grid that the networks work on.

    spacing:  mm, the same along all three axes
    multiple: every side is rounded up to this many voxels
    margin:   empty voxels kept around the foreground
    least:    no side has fewer voxels than this, along R, A and S
    units:    "z-score" inside the brain, background 0 (ours), or "percentiles": the 0.5 and 99.5 percentiles of
              the whole grid at -1 and 1, background -1 (the authors' code)
    """

    spacing: float = 1.0
    multiple: int = 16
    margin: int = 4
    least: tuple[int, int, int] = (0, 0, 0)
    units: Literal["z-score", "percentiles"] = "z-score"


@dataclass(frozen=True)
class AutoencoderShape:
    """VQGAN in 3-D: image -> latent at a quarter of the resolution -> image.

    family:     "vqgan" is the paper's and the authors' network (group norm, strided convolutions);
                "light" is ours (space-to-depth stem, no norm, convolution at full resolution last)
    channels:   width by level, finest first; "light": full resolution, a half, a quarter and, where its encoder looks
                further around, an eighth
    blocks:     residual blocks a level (the decoder of "vqgan" has one more)
    mid_blocks: residual blocks in the bottleneck
    decoder_blocks: residual blocks a level of the decoder of "light"; None: as the encoder has
    latent:     channels of z;  regularizer: "vq" (codes) or "kl" (the mean of a normal distribution, no codes)
    codes: size of the codebook;  groups: of channels that are quantized apart
    skips:      the source's half-resolution features reach the decoder, switched by target ("light" only)
    knots:      of the intensity curves whose draft the decoder corrects; 0: no draft ("light" only)
    """

    family: Literal["vqgan", "light"]
    channels: tuple[int, ...]
    blocks: int
    mid_blocks: int
    latent: int
    codes: int = 8192
    groups: int = 1
    regularizer: Literal["vq", "kl"] = "vq"
    skips: bool = False
    knots: int = 0
    decoder_blocks: int | None = None

    @property
    def moments(self) -> int:
        """Channels that the encoder gives: z, or the mean and the logarithm of the variance of one."""
        return self.latent * (2 if self.regularizer == "kl" else 1)


@dataclass(frozen=True)
class SpadeShape:
    """MS-SPADE (paper eq. 1): z_source -> z_prior, with gamma and beta of each target.

    family:   "table-b" is the paper's table B, "released" the authors' code, "light" ours; "none": z_prior is
              z_source itself (ablation)
    channels: width of the blocks, in order
    kernel:   of the convolutions that make gamma and beta
    norm:     "instance" (over space, a channel: eq. 1) or "voxel" (over channels, a voxel:
              the same on a crop as on the whole)
    """

    family: Literal["table-b", "released", "light", "none"]
    channels: tuple[int, ...]
    kernel: int = 3
    norm: Literal["instance", "voxel"] = "instance"


@dataclass(frozen=True)
class UNetShape:
    """The denoiser eps_theta(z_t, z_prior, t, y) of eq. 4.

    conditioning: how the one-hot target y enters
    concat:       what is joined to z_t along the channels (Palette); "none" starts from the source, and that is all
    predicts:     what the output is: "eps", "v", or "sample" (z_target itself)
    norm:         "group" as in the paper, or "voxel" (over channels, a voxel: the same on a crop as on the whole)
    head:         channels of an attention head; attention: levels (0 = finest) that attend to the target
                  and, with self_attention, to themselves
    transformer:  "bare": self-attention and what one token leaves of cross-attention;
                  "ldm": the block of latent diffusion, with queries, keys and feed-forward
    """

    channels: tuple[int, ...]
    blocks: int
    head: int
    attention: tuple[int, ...]
    self_attention: bool = True
    conditioning: Literal["cross_attention", "class_embedding", "both"] = "cross_attention"
    concat: Literal["none", "prior", "prior+source"] = "prior"
    predicts: Literal["eps", "v", "sample"] = "eps"
    norm: Literal["group", "voxel"] = "group"
    transformer: Literal["bare", "ldm"] = "bare"


@dataclass(frozen=True)
class Preset:
    """Everything that decides the shape of a bundle's networks and of their input.

    quantize: which latents are replaced by their nearest codes at inference: the source's before MS-SPADE,
              the sampler's before the decoder
    """

    name: str
    modalities: tuple[Modality, ...]
    autoencoder: AutoencoderShape
    spade: SpadeShape
    unet: UNetShape
    quantize: tuple[Literal["source", "sample"], ...] = ("source", "sample")
    grid: Grid = Grid()
    downsampling: int = 4

    def index(self, modality: Modality) -> int:
        """Class index of a modality: its place in the stacked weights and in the one-hot y."""
        return self.modalities.index(modality)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, read back by `from_json`."""
        return asdict(self) | {"modalities": [m.value for m in self.modalities]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preset:
        """The preset that a manifest describes; KeyError or TypeError where it does not fit."""
        parts: dict[str, Any] = {
            "quantize": tuple(values["quantize"]),
            "modalities": tuple(Modality(name) for name in values["modalities"]),
            "autoencoder": _shape(AutoencoderShape, values["autoencoder"]),
            "spade": _shape(SpadeShape, values["spade"]),
            "unet": _shape(UNetShape, values["unet"]),
            "grid": _shape(Grid, values["grid"]),
        }
        return cls(**values | parts)


def _shape(kind: type[Any], values: dict[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    if unknown := set(values) - known:
        raise TypeError(f"{kind.__name__} does not know {sorted(unknown)}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


_BRATS = (Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR)

PAPER = Preset(
    name="paper",
    modalities=_BRATS,
    autoencoder=AutoencoderShape("vqgan", (256, 512, 512), blocks=2, mid_blocks=2, latent=3),
    spade=SpadeShape("table-b", (128, 256, 256, 256, 256, 256, 128)),
    unet=UNetShape((128, 256, 512), blocks=2, head=32, attention=(1, 2), transformer="ldm"),
)

RELEASED = Preset(
    name="released",
    modalities=_BRATS,
    autoencoder=AutoencoderShape("vqgan", (64, 64, 128), blocks=1, mid_blocks=1, latent=4),
    spade=SpadeShape("released", (128, 256, 128)),
    unet=UNetShape(
        (128, 128, 256),
        blocks=1,
        head=32,
        attention=(1, 2),
        conditioning="class_embedding",
        concat="prior+source",
    ),
)

COMPACT = Preset(
    name="compact",
    modalities=(*_BRATS, Modality.PD),
    autoencoder=AutoencoderShape(
        "light",
        (8, 48, 64, 128),
        blocks=2,
        mid_blocks=2,
        latent=24,
        groups=8,
        skips=True,
        knots=65,
        decoder_blocks=1,
    ),
    spade=SpadeShape("light", (64, 64), kernel=1, norm="voxel"),
    unet=UNetShape(
        (32, 48, 96), blocks=1, head=32, attention=(0, 1, 2), self_attention=False, predicts="v", norm="voxel"
    ),
    quantize=(),
    grid=Grid(multiple=4),
)


def ablation(preset: Preset, row: Literal["a", "b", "d"]) -> Preset:
    """A row of the paper's table 3, named "compact-a". Row c, MS-SPADE without diffusion, is the mode `prior`.

    a: diffusion alone, from the noised source;  b: the source joined to z_t (Palette);  d: KL instead of codes
    """
    named = replace(preset, name=f"{preset.name}-{row}")
    if row == "d":
        return replace(named, autoencoder=replace(preset.autoencoder, regularizer="kl"), quantize=())
    spade, concat = replace(preset.spade, family="none"), "none" if row == "a" else "prior"
    return replace(named, spade=spade, unet=replace(preset.unet, concat=concat))


PRESETS = {
    preset.name: preset
    for whole in (PAPER, RELEASED, COMPACT)
    for preset in (whole, ablation(whole, "a"), ablation(whole, "b"), ablation(whole, "d"))
}
