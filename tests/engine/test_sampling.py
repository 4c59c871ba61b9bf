"""The samplers, on denoisers whose answer is known."""

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor

from engine.progress import Step, finish
from engine.sampling import SCHEDULE, TRAIN_STEPS, Denoiser, Plan, alpha_bar, estimate, noise_like, noised, sample
from engine.synthesis import Mode

pytestmark = pytest.mark.usefixtures("one_thread")

SAMPLED = [Mode.SHORTCUT, Mode.FULL, Mode.REFERENCE]
sampled = pytest.mark.parametrize("mode", SAMPLED, ids=lambda mode: mode.value)

TARGET = torch.randn(1, 4, 5, 6, 7, generator=torch.Generator().manual_seed(7))
PRIOR = TARGET + 0.2 * torch.randn(TARGET.shape, generator=torch.Generator().manual_seed(8))


def knowing(target: Tensor, predicts: str, visited: list[int] | None = None) -> Denoiser:
    """The denoiser that knows z_target: eps, v or z_target itself, exact at every timestep."""

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        if visited is not None:
            visited.append(int(t))
        share = alpha_bar()[t].reshape(-1, 1, 1, 1, 1)
        eps = (z_t - share.sqrt() * target) / (1 - share).sqrt()
        return {"eps": eps, "v": share.sqrt() * eps - (1 - share).sqrt() * target, "sample": target}[predicts]

    return denoise


def steps_of(plan: Plan, visited: list[int]) -> tuple[list[Step], Tensor]:
    """What a sampler yields and what it returns."""
    work, steps = sample(knowing(TARGET, "eps", visited), PRIOR, plan, 0), list[Step]()
    while True:
        try:
            steps.append(next(work))
        except StopIteration as end:
            return steps, end.value


def test_alpha_bar_is_that_of_diffusers():
    torch.testing.assert_close(alpha_bar(), DDIMScheduler(**SCHEDULE).alphas_cumprod, rtol=1e-5, atol=3e-7)
    assert alpha_bar().shape == (TRAIN_STEPS,)


def test_noised_keeps_the_variance():
    noise = noise_like(torch.zeros(2, 4, 16, 16, 16), 1)
    z = noise_like(torch.zeros(2, 4, 16, 16, 16), 2)
    mixed = noised(z, noise, torch.tensor([100, 900]))
    torch.testing.assert_close(mixed.var(dim=(1, 2, 3, 4)), torch.ones(2), rtol=0.03, atol=0)
    kept = [float((mixed[n] * z[n]).mean()) for n in range(2)]
    assert kept == pytest.approx(alpha_bar()[[100, 900]].sqrt().tolist(), abs=0.02)


def test_prior_is_z_prior_and_yields_nothing():
    steps, z = steps_of(Plan(Mode.PRIOR, 0), [])
    assert steps == []
    assert z is PRIOR


@sampled
@pytest.mark.parametrize("steps", [1, 2, 3, 10])
def test_a_step_is_an_evaluation(mode: Mode, steps: int):
    visited: list[int] = []
    yielded, z = steps_of(Plan(mode, steps, start=300), visited)
    assert len(visited) == steps
    assert yielded == [Step("denoise", done, steps) for done in range(steps + 1)]
    assert visited == sorted(visited, reverse=True)
    assert torch.isfinite(z).all()


@sampled
@pytest.mark.parametrize("steps", [300, 999, 1000, 1500])
def test_many_steps_do_not_run_over_the_end(mode: Mode, steps: int):
    small, visited = PRIOR[:, :, :2, :2, :2], list[int]()
    z = finish(sample(knowing(TARGET[:, :, :2, :2, :2], "eps", visited), small, Plan(mode, steps, start=300), 0))
    assert min(visited) >= 0 and max(visited) < TRAIN_STEPS
    torch.testing.assert_close(z, TARGET[:, :, :2, :2, :2], rtol=0, atol=0.15)


@pytest.mark.parametrize("start", [1, 100, 300, 999])
def test_the_shortcut_starts_where_the_plan_says(start: int):
    visited: list[int] = []
    received: list[Tensor] = []
    know = knowing(TARGET, "eps", visited)

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        received.append(z_t)
        return know(z_t, t)

    finish(sample(denoise, PRIOR, Plan(Mode.SHORTCUT, 8, start), seed=3))
    assert visited[0] == pytest.approx(start, abs=1)
    expected = noised(PRIOR, noise_like(PRIOR, 3), torch.tensor([start]))
    torch.testing.assert_close(received[0], expected)


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.REFERENCE])
def test_full_and_reference_start_from_noise_alone(mode: Mode):
    received: list[Tensor] = []

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        received.append(z_t)
        return z_t

    finish(sample(denoise, PRIOR, Plan(mode, 5), seed=3))
    torch.testing.assert_close(received[0], noise_like(PRIOR, 3))


@sampled
@pytest.mark.parametrize("predicts", ["eps", "v", "sample"])
def test_the_estimate_of_a_perfect_denoiser_is_the_target_at_once(mode: Mode, predicts: str):
    know = knowing(TARGET, predicts)

    def denoise(z_t: Tensor, t: Tensor) -> Tensor:
        torch.testing.assert_close(estimate(z_t, know(z_t, t), t, predicts), TARGET, rtol=0, atol=1e-3)
        return know(z_t, t)

    finish(sample(denoise, PRIOR, Plan(mode, 4, start=350), 1, predicts))


@sampled
@pytest.mark.parametrize("predicts", ["eps", "v", "sample"])
def test_a_perfect_denoiser_gives_the_target(mode: Mode, predicts: str):
    z = finish(sample(knowing(TARGET, predicts), PRIOR, Plan(mode, 10, start=350), 1, predicts))
    # Reference ends, as the authors' code, at the first alpha_bar: a share of 0.0015 of the variance is noise.
    left = float((1 - alpha_bar()[0]).sqrt()) if mode is Mode.REFERENCE else 0.0
    assert float((z - TARGET).square().mean().sqrt()) == pytest.approx(left, abs=0.01)


@sampled
def test_a_seed_gives_the_same_picture_and_another_seed_another(mode: Mode):
    def blind(z_t: Tensor, t: Tensor) -> Tensor:
        return 0.3 * z_t

    first, again, other = (finish(sample(blind, PRIOR, Plan(mode, 4, 300), seed)) for seed in (5, 5, 6))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert float((first - other).abs().mean()) > 0.05


def test_noise_of_a_seed_is_fixed_for_ever():
    """The numbers themselves: a result must be made again in another year, on another device."""
    state = torch.get_rng_state()
    assert noise_like(torch.zeros(3), 0).tolist() == pytest.approx([1.5409960, -0.2934289, -2.1787894])
    assert torch.equal(state, torch.get_rng_state())


def test_eta_makes_the_reference_stochastic():
    def blind(z_t: Tensor, t: Tensor) -> Tensor:
        return 0.3 * z_t

    plain, noisy, again = (finish(sample(blind, PRIOR, Plan(Mode.REFERENCE, 5, eta=eta), 1)) for eta in (0, 1, 1))
    assert float((plain - noisy).abs().mean()) > 0.05
    torch.testing.assert_close(noisy, again, rtol=0, atol=0)


@sampled
def test_samplers_do_not_share_anything(mode: Mode):
    """Two samples taken in turn, step by step, are the two samples taken one after the other."""
    plan = Plan(mode, 4, 300)
    alone = [finish(sample(knowing(TARGET, "eps"), PRIOR, plan, seed)) for seed in (1, 2)]
    works = [sample(knowing(TARGET, "eps"), PRIOR, plan, seed) for seed in (1, 2)]
    ends: list[Tensor] = []
    while len(ends) < 2:
        for work in works:
            try:
                next(work)
            except StopIteration as end:
                ends.append(end.value)
    for one, other in zip(alone, ends, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
