"""A source that is not what the model was trained on is told, in words; one that is passes in silence."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from engine.familiar import Familiar, Kin, Norm, latent_numbers, look
from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom
from training.familiar import norm_of

SHAPE = (48, 56, 44)
T1, T2, T1CE, FLAIR, PD = Modality.T1, Modality.T2, Modality.T1CE, Modality.FLAIR, Modality.PD


def head(modality: Modality, seed: int, spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Volume:
    return phantom(SHAPE, spacing=spacing, modality=modality, seed=seed)


@pytest.fixture(scope="module")
def familiar() -> Familiar:
    """What six phantoms of each of two contrasts have in common."""
    kin: dict[Modality, Kin] = {}
    for modality in (T1, T2):
        looks = [look(head(modality, seed)) for seed in range(6)]
        latents = np.random.default_rng(0).normal(0, 0.1, (6, 4))
        grain = 1.25 * max(grain for _, grain in looks)
        kin[modality] = Kin(norm_of(np.stack([numbers for numbers, _ in looks])), grain, norm_of(latents))
    return Familiar(6, kin)


@pytest.mark.parametrize("modality", [T1, T2])
def test_a_scan_like_those_of_the_training_passes(familiar: Familiar, modality: Modality):
    assert familiar.of_brain(head(modality, 11), modality) == ()


@pytest.mark.parametrize(("modality", "label"), [(T2, T1), (T1, T2)])
def test_a_wrong_label_is_told_with_the_right_one(familiar: Familiar, modality: Modality, label: Modality):
    (told,) = familiar.of_brain(head(modality, 11), label)
    assert f"unlike those of the 6 {label.label} scans" in told
    assert f"like those of {modality.label}" in told
    assert "correct the contrast" in told


def uniform(volume: Volume) -> Volume:
    noise = np.random.default_rng(3).uniform(1, 2, volume.shape).astype(np.float32)
    return volume.with_data(np.where(volume.data != 0, noise, 0))


def grainy(volume: Volume) -> Volume:
    noise = np.random.default_rng(3).normal(0, 0.9 * volume.data[volume.data != 0].std(), volume.shape)
    return volume.with_data(np.where(volume.data != 0, np.maximum(volume.data + noise, 1), 0))


def saturated(volume: Volume) -> Volume:
    top = np.percentile(volume.data[volume.data != 0], 20)
    return volume.with_data(np.minimum(volume.data, top))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(uniform, "noisier than"), (grainy, "noisier than"), (saturated, "intensities are unlike")],
)
def test_strangers_are_told(familiar: Familiar, spoil: Callable[[Volume], Volume], said: str):
    assert any(said in told for told in familiar.of_brain(spoil(head(T1, 11)), T1))


def test_units_and_orientation_do_not_matter(familiar: Familiar):
    scan = head(T1, 11)
    numbers, grain = look(scan)
    for other in (scan.with_data(37.5 * scan.data), Volume(scan.data[::-1], scan.affine)):
        again, same = look(other)
        np.testing.assert_allclose(again, numbers, atol=0.12)  # thinned voxels are others
        assert same == pytest.approx(grain, rel=0.1)


def test_what_the_bundle_does_not_know_is_not_judged(familiar: Familiar):
    assert familiar.of_brain(uniform(head(T1, 11)), Modality.PD) == ()
    assert Familiar.from_json(None).of_brain(uniform(head(T1, 11)), T1) == ()
    empty = head(T1, 11)
    assert familiar.of_brain(empty.with_data(np.zeros_like(empty.data)), T1) == ()


def test_a_latent_far_from_those_of_the_training_is_told(familiar: Familiar):
    rng, inside = np.random.default_rng(1), np.ones((8, 8, 8), bool)
    usual = np.array(familiar.kin[T1].latent.mean)
    z = rng.normal(0, 1, (2, 2, 2, 2))
    z -= z.mean(axis=(1, 2, 3), keepdims=True)
    z *= (usual[2:] / z.std(axis=(1, 2, 3)))[:, None, None, None]
    z += usual[:2, None, None, None]
    np.testing.assert_allclose(latent_numbers(z, inside)[:2], usual[:2], atol=1e-6)
    assert familiar.of_latent(np.abs(z) + 3, inside, T1) == (
        "To the encoder the scan is unlike the 6 T1 scans of the training: the result may mean nothing.",
    )


def test_the_limit_is_what_no_training_subject_exceeds():
    rows = np.random.default_rng(0).normal(5, 2, (10, 6))
    norm = norm_of(rows)
    assert all(norm.distance(row) < norm.limit for row in rows)
    assert norm.distance(rows.mean(axis=0) + 20) > norm.limit


def test_numbers_that_agree_by_chance_do_not_make_strangers():
    assert Norm((1.0,), (0.0,), 2.0).distance([1.03]) < 2


def test_it_comes_back_from_a_manifest(familiar: Familiar):
    assert Familiar.from_json(familiar.to_json()) == familiar


def test_what_is_lost_on_two_ways_back_is_told_beyond_the_limit_and_not_before(familiar: Familiar):
    kin = familiar.kin[T1]
    strict = Familiar(6, {T1: replace(kin, lost=0.2, back={"t2": 0.3})})
    assert strict.of_round_trip(0.1, T1) == () and strict.of_round_trip(0.9, T2) == ()
    (told,) = strict.of_round_trip(0.5, T1)
    assert "50 % of its structure is lost, at most 20 %" in told
    assert strict.of_way_back(0.3, T1, T2) == () and strict.of_way_back(1.0, T2, T1) == ()
    (told,) = strict.of_way_back(0.5, T1, T2)
    assert "50 % of its structure is lost, at most 30 %" in told and "the synthetic T2" in told


def test_a_way_on_which_the_training_itself_is_lost_is_not_walked(familiar: Familiar):
    kin = replace(familiar.kin[T1], back={"t2": 0.3, "flair": 0.97, "t1ce": 1.0})
    known = Familiar(6, {T1: kin})
    assert known.knows_way_back(T1, T2)
    assert not any(known.knows_way_back(T1, target) for target in (FLAIR, T1CE, PD))
    assert not known.knows_way_back(T2, T1)


def test_a_latent_like_those_of_the_training_passes(familiar: Familiar):
    inside = np.ones((8, 8, 8), bool)
    z = np.random.default_rng(1).normal(0, 1, (2, 2, 2, 2))
    own = latent_numbers(z, inside)
    wide = Norm(tuple(own), (1.0,) * len(own), 0.5)
    assert Familiar(6, {T1: replace(familiar.kin[T1], latent=wide)}).of_latent(z, inside, T1) == ()
    assert familiar.of_latent(z, inside, Modality.PD) == ()
