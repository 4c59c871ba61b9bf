"""Contrasts on grids of their own, and heads."""

from dataclasses import replace

import numpy as np
import pytest

from engine import brain
from engine.modality import Modality
from engine.progress import Step
from engine.volume import Volume
from tests.phantoms import phantom
from training import align
from training.align import on_one_grid, register, same_grid, without_skull

SHAPE = (64, 72, 56)


def moved(volume: Volume, by: tuple[float, float, float]) -> Volume:
    affine = volume.affine.copy()
    affine[:3, 3] += by
    return replace(volume, affine=affine)


def test_what_shares_a_grid_is_left_as_it_is():
    volumes = {m: phantom(SHAPE, modality=m) for m in (Modality.T2, Modality.T1)}
    found = on_one_grid(volumes)
    assert list(found) == list(volumes)
    assert all(found[m] is volumes[m] for m in volumes)


def test_a_rigid_motion_is_found():
    """T2 on another grid, after the patient moved by some millimetres."""
    fixed = phantom(SHAPE, modality=Modality.T1)
    # one field of view, so one anatomy
    still = phantom((32, 36, 28), spacing=(2, 2, 2), orientation="LSA", modality=Modality.T2)
    by = (2.5, -2.0, 1.5)
    *turn, x, y, z = register(fixed, moved(still, by)).GetParameters()
    np.testing.assert_allclose(turn, 0, atol=0.02)
    np.testing.assert_allclose((-x, -y, z), by, atol=0.3)  # SimpleITK speaks LPS


def test_a_moved_contrast_comes_to_lie_on_the_first():
    fixed, truth = (phantom(SHAPE, modality=m) for m in (Modality.T1, Modality.T2))
    away = moved(phantom((32, 36, 28), spacing=(2, 2, 2), orientation="LSA", modality=Modality.T2), (4, -4, 3))
    found = on_one_grid({Modality.T2: away, Modality.T1: fixed})
    assert list(found) == [Modality.T2, Modality.T1]
    assert same_grid(found[Modality.T2], fixed)
    unmoved = align.resampled(away, fixed, align.sitk.Euler3DTransform())
    error, before = (np.abs(v.data.astype(float) - truth.data).mean() for v in (found[Modality.T2], unmoved))
    assert error < 0.6 * before


def test_registration_is_the_same_every_time():
    fixed, away = phantom(SHAPE), moved(phantom(SHAPE, modality=Modality.T2), (1, 2, 0))
    assert register(fixed, away).GetParameters() == register(fixed, away).GetParameters()


def test_what_was_scanned_together_moves_together(monkeypatch: pytest.MonkeyPatch):
    asked: list[Volume] = []
    monkeypatch.setattr(align, "register", lambda fixed, moving: asked.append(moving) or register(fixed, moving))
    echo = moved(phantom((40, 44, 40), spacing=(1.5, 1.5, 1.5), modality=Modality.T2), (1, 0, 0))
    on_one_grid({Modality.T1: phantom(SHAPE), Modality.T2: echo, Modality.PD: echo.with_data(echo.data // 2)})
    assert len(asked) == 1


def test_a_head_becomes_a_brain_on_every_contrast(monkeypatch: pytest.MonkeyPatch):
    heads = {m: phantom(SHAPE, spacing=(2.5, 2.5, 2.5), modality=m, skull=True) for m in (Modality.T1, Modality.T2)}
    inside = phantom(SHAPE, spacing=(2.5, 2.5, 2.5)).data != 0

    def extract(volume: Volume, threads: int | None = None):
        yield Step("brain", 0, 1)
        return volume.with_data(np.where(inside, np.maximum(volume.data, 1), 0))

    monkeypatch.setattr(align, "extract", extract)
    assert all(brain.has_skull(head) for head in heads.values())
    for found in without_skull(heads).values():
        assert np.array_equal(found.data != 0, inside)


def test_brains_stay_as_they_are():
    brains = {Modality.T1: phantom(SHAPE)}
    (brain,) = without_skull(brains).values()
    assert np.array_equal(brain.data, phantom(SHAPE).data)


def test_what_a_contrast_never_scanned_is_no_tissue_of_it(monkeypatch: pytest.MonkeyPatch):
    """A T2 without the lowest slices, on a grid of its own: fluid of 0 is lifted, what nobody scanned is not."""
    head = {m: phantom(SHAPE, spacing=(2.5, 2.5, 2.5), modality=m, skull=True) for m in (Modality.T1, Modality.T2)}
    whole = head[Modality.T2]
    affine = whole.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ (0, 0, 12)
    cut = Volume(np.ascontiguousarray(whole.data[:, :, 12:]), affine)
    monkeypatch.setattr(align, "register", lambda fixed, moving: align.sitk.Euler3DTransform())
    inside = phantom(SHAPE, spacing=(2.5, 2.5, 2.5)).data != 0

    def extract(volume: Volume, threads: int | None = None):
        yield Step("brain", 0, 1)
        return volume.with_data(np.where(inside, np.maximum(volume.data, 1), 0))

    monkeypatch.setattr(align, "extract", extract)
    found = without_skull(on_one_grid({Modality.T1: head[Modality.T1], Modality.T2: cut}))
    assert inside[:, :, :11].any()
    assert not found[Modality.T2].data[:, :, :11].any()
    assert np.array_equal(found[Modality.T2].data[:, :, 13:] != 0, inside[:, :, 13:])
    assert np.array_equal(found[Modality.T1].data != 0, inside)
