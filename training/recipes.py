"""Ways to train, as values. A variant is a `replace`, on the command line `--set key=value`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from engine.errors import RespinError
from training.augment import Augmentation

_WORDS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


@dataclass(frozen=True)
class Recipe:
    """How one stage is trained.

    crop:       side of the cubes trained on, in voxels (0: whole volumes), `batch` of them a step;
                crop_cooldown, batch_cooldown: during the cool-down
    targets:    of each source in a step: it is encoded once for all of them
    augment:    the source is changed as other scanners would, and flipped; geometry: how far both are deformed (0: not)
    simulated:  share of the samples that come from simulated patients, where there are real ones and simulated ones
    bright:     share of the crops whose middle is in the upper quarter of the target's range: lesions, fluid, vessels
    accumulate: so many batches are gathered in each process before the weights move
    optimizer:  "adamw", or "muon" for the convolutions and AdamW for the rest (`training.optimizers`)
    rate:       of AdamW, and what Muon's is scaled to; warm-up over `warmup` steps, constant, then linear to 0 over
                the last `cooldown` share
    ema:        decay of the averaged weights that are exported
    pretrain:   share of the steps that train the autoencoder alone: a latent that tells nothing yet is given up
    ..._every:  one step in so many (0 = never) translates by the latent alone, without what the source passes to the
                decoder; reconstructs through the codes; goes the cycle
    structure:  weight of 1 - SSIM beside the voxels' own error
    sharpness:  weight of the squared log ratio of gradient energies, where the source's details pass
    latent:     weight of the distance between z_prior and z_target
    commitment: of z to its codes (van den Oord 2017, eq. 3);  kl: to a normal distribution, where there are no codes
    codebook:   how codes learn: "average" (they follow the latents) or "gradient" (the quantization loss moves them)
    perceptual: weight of the distance of features; they come from `perceptual_weights`, the path of a VGG-16
                state dict, or are fixed random ones where that is empty
    adversary:  weight of the patch discriminator, from `adversary_from` (share of all steps) on; with `adaptive`
                the weight is measured against the other losses' pull on the last layer (Esser 2021, eq. 7)
    """

    steps: int
    crop: int = 32
    batch: int = 4
    crop_cooldown: int = 48
    batch_cooldown: int = 2
    accumulate: int = 1
    targets: int = 1
    optimizer: Literal["adamw", "muon"] = "adamw"
    rate: float = 5e-4
    warmup: int = 200
    cooldown: float = 0.3
    clip: float = 0.5
    ema: float = 0.999
    seed: int = 0
    augment: bool = True
    geometry: float = 0.0
    simulated: float = 0.15
    bright: float = 0.0
    pretrain: float = 0.08
    alone_every: int = 3
    reconstruct_every: int = 2
    cycle_every: int = 16
    structure: float = 1.0
    sharpness: float = 0.0
    latent: float = 0.05
    commitment: float = 0.05
    kl: float = 1e-6
    codebook: Literal["average", "gradient"] = "average"
    perceptual: float = 0.0
    perceptual_weights: str = ""
    cycle: float = 0.5
    adversary: float = 0.01
    adaptive: bool = False
    adversary_from: float = 0.85

    def crops_at(self, step: int) -> tuple[int, int]:
        """Side and number of the crops of a step."""
        cooling = step >= (1 - self.cooldown) * self.steps
        return (self.crop_cooldown, self.batch_cooldown) if cooling else (self.crop, self.batch)

    @property
    def augmentation(self) -> Augmentation | bool:
        """What crops are changed by; False: by nothing."""
        return Augmentation(geometry=self.geometry) if self.augment else False

    def with_settings(self, settings: list[str]) -> Recipe:
        """The recipe changed by "key=value" words."""
        kinds = get_type_hints(type(self))
        changes: dict[str, object] = {}
        for setting in settings:
            key, _, value = setting.partition("=")
            if key not in kinds or not value:
                raise RespinError(f"'{setting}' is not a setting; use key=value with one of {', '.join(kinds)}.")
            changes[key] = _read(setting, kinds[key], value)
        return replace(self, **changes)  # pyright: ignore[reportArgumentType]


def _read(setting: str, kind: Any, value: str) -> object:
    """A value of this kind, as it is written on the command line."""
    words: dict[str, object] = {}
    if kind is bool:
        words, value = {**_WORDS}, value.lower()
    elif get_origin(kind) is Literal:
        words = {word: word for word in get_args(kind)}
    if words and value not in words:
        raise RespinError(f"'{setting}' is not understood; behind the equals sign use one of {', '.join(words)}.")
    try:
        return words[value] if words else kind(value)
    except ValueError as reason:
        wanted = "a whole number" if kind is int else "a number"
        raise RespinError(f"'{setting}' is not understood; behind the equals sign use {wanted}.") from reason


_WHOLE = Recipe(
    steps=125_000,  # 500 epochs of 1,000 subjects, four at a time
    crop=0,
    batch=1,
    crop_cooldown=0,
    batch_cooldown=1,
    rate=2e-6,
    warmup=0,
    cooldown=0.0,
    clip=1.0,
    ema=0.9999,
    pretrain=0.0,
    alone_every=0,
    reconstruct_every=1,
    cycle_every=1,
    structure=0.0,
    sharpness=0.0,
    latent=0.0,
    commitment=0.25,
    codebook="gradient",
    perceptual=1.0,
    cycle=1.0,
    adversary=0.8,
    adaptive=True,
    adversary_from=0.1,
)
"""The paper's five losses on whole volumes (tables A and C, one volume on each of four devices). Its weights of the
losses are not told; these are those of VQGAN (Esser 2021)."""

STAGE_TWO = (
    *("steps", "crop", "batch", "crop_cooldown", "batch_cooldown", "accumulate", "optimizer", "rate", "warmup"),
    *("cooldown", "clip", "ema", "seed", "simulated"),
)
"""What of a recipe the denoiser knows: its latents are neither changed nor translated."""

RECIPES: dict[str, dict[str, Recipe]] = {
    "autoencoder": {
        "compact": Recipe(
            steps=8_000,
            crop=64,
            batch=1,
            crop_cooldown=64,
            batch_cooldown=1,
            targets=3,
            optimizer="muon",
            cooldown=0.6,
            bright=0.1,
            alone_every=4,
            reconstruct_every=3,
            sharpness=0.15,
            latent=0.5,
            adversary=0.0,
        ),
        "released": _WHOLE,
        "paper": _WHOLE,
    },
    "diffusion": {
        "compact": Recipe(
            steps=2500,
            crop=80,
            batch=1,
            crop_cooldown=80,
            batch_cooldown=1,
            optimizer="muon",
            rate=5e-4,
            ema=0.995,
            augment=False,
        ),
        "released": replace(_WHOLE, steps=200_000),  # 800 epochs
        "paper": replace(_WHOLE, steps=200_000),
    },
}


def recipe_of(stage: str, preset: str) -> Recipe:
    """How a preset is trained; an ablation ("compact-a") as the whole is."""
    return RECIPES[stage][preset.partition("-")[0]]
