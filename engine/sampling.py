"""From z_prior to a sampled z_target: one generator over diffusers' schedulers.

prior     0 steps: z_prior itself.
shortcut  z_prior noised to `start`, then UniPC with Karras spacing from there (Zhao et al. 2023, Karras et al. 2022).
full      UniPC with Karras spacing from pure noise.
reference DDIM from pure noise (Song et al. 2021), as the authors of the paper sampled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.progress import Step, Work
from engine.synthesis import Mode

TRAIN_STEPS = 1000
SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": TRAIN_STEPS,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.0015,
    "beta_end": 0.0195,
}
_PREDICTS = {"eps": "epsilon", "v": "v_prediction", "sample": "sample"}

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""(z_t (B, latent, i, j, k), t (B,)) -> what the U-Net predicts, the same shape."""


@dataclass(frozen=True)
class Plan:
    """How to sample. start: the timestep that the shortcut noises z_prior to. eta: of DDIM."""

    mode: Mode
    steps: int
    start: int = TRAIN_STEPS - 1
    eta: float = 0.0


def alpha_bar() -> Tensor:
    """(1000,) share of the signal's variance left at each timestep (paper: T = 1000, scaled-linear betas)."""
    root = torch.linspace(SCHEDULE["beta_start"] ** 0.5, SCHEDULE["beta_end"] ** 0.5, TRAIN_STEPS)
    return torch.cumprod(1 - root.double().square(), 0).float()


def noised(z: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """z_t of z and noise (B, ...) at timesteps t (B,)."""
    share = alpha_bar().to(z.device)[t].reshape(-1, *[1] * (z.dim() - 1))
    return share.sqrt() * z + (1 - share).sqrt() * noise


def noise_like(z: Tensor, seed: int) -> Tensor:
    """Gaussian noise drawn on the CPU, so that a seed gives the same picture on every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(z.shape, generator=generator).to(z.device)


def estimate(z_t: Tensor, predicted: Tensor, t: Tensor, predicts: str) -> Tensor:
    """z_target as far as it shows at timestep t (1,), from z_t and what the U-Net predicts (B, latent, i, j, k)."""
    share = alpha_bar()[t].reshape(-1, 1, 1, 1, 1)
    if predicts == "sample":
        return predicted
    if predicts == "v":
        return share.sqrt() * z_t - (1 - share).sqrt() * predicted
    return (z_t - (1 - share).sqrt() * predicted) / share.sqrt()


def sample(denoise: Denoiser, z_prior: Tensor, plan: Plan, seed: int, predicts: str = "eps") -> Work[Tensor]:
    """Yields a step an evaluation; returns z_target (B, latent, i, j, k) float32, in the units of z_prior."""
    if plan.mode is Mode.PRIOR:
        return z_prior
    scheduler = _scheduler(plan, predicts)
    noise = noise_like(z_prior, seed)
    z = noised(z_prior, noise, torch.tensor([plan.start])) if plan.mode is Mode.SHORTCUT else noise
    options = _options(plan, seed)
    total = len(scheduler.timesteps)
    for done, t in enumerate(scheduler.timesteps):
        yield Step("denoise", done, total)
        predicted = denoise(z, t.reshape(1).to(z.device)).float()
        z = scheduler.step(predicted, t, z, **options).prev_sample
    yield Step("denoise", total, total)
    return z


def _scheduler(plan: Plan, predicts: str) -> Any:
    # diffusers takes longer to import than a preview takes to make, and needs none of it
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

    common: dict[str, Any] = SCHEDULE | {"prediction_type": _PREDICTS[predicts]}
    if plan.mode is Mode.REFERENCE:
        steps = min(plan.steps, TRAIN_STEPS)
        # As the authors: timesteps 1, 1 + T/n, ..., ending at the first alpha_bar; with all T steps no room to shift.
        first = 1 if steps < TRAIN_STEPS else 0
        scheduler: Any = DDIMScheduler(**common, clip_sample=False, set_alpha_to_one=False, steps_offset=first)
        scheduler.set_timesteps(steps)
        return scheduler
    share = float(alpha_bar()[plan.start]) if plan.mode is Mode.SHORTCUT else float(alpha_bar()[-1])
    scheduler = UniPCMultistepScheduler(
        **common, use_karras_sigmas=True, sigma_max=((1 - share) / share) ** 0.5, final_sigmas_type="zero"
    )
    scheduler.set_timesteps(plan.steps)
    scheduler.set_begin_index(0)  # it would look the first timestep up, and take the second of two that round alike
    return scheduler


def _options(plan: Plan, seed: int) -> dict[str, Any]:
    if plan.mode is not Mode.REFERENCE:
        return {}
    return {"eta": plan.eta, "generator": torch.Generator().manual_seed(seed + 1)}
