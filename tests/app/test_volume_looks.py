"""What the caster is given: the brightest stay, what is not a number is nothing, and no second copy is taken."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from app.render.volume_looks import Stored, look_of, store
from app.state.depth import Look
from engine.volume import Volume
from tests.phantoms import phantom


def intensities(stored: Stored) -> np.ndarray:
    return stored.low + stored.data * (stored.high - stored.low) / 32767


def large(dtype: type = np.int16) -> Volume:
    head = phantom((56, 56, 56))
    return head.with_data(np.asfortranarray(head.data.astype(dtype)))


@pytest.mark.parametrize("voxels", [1_000_000, 20_000])
def test_the_brightest_voxel_of_a_projection_stays_as_bright_and_where_it_was(voxels: int):
    volume = large()
    volume.data[40, 31, 22] = 5000
    stored = store(volume, Look.MIP, voxels)
    assert stored.data.size <= voxels
    seen = intensities(stored)
    assert seen.max() == pytest.approx(5000, rel=1e-3)
    at = stored.affine @ [*np.unravel_index(seen.argmax(), seen.shape), 1.0]
    assert at[:3] == pytest.approx(volume.ras((40, 31, 22)), abs=2)


@pytest.mark.parametrize("look", [Look.SURFACE, Look.MIP])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_a_number_spoils_nothing_around_it(look: Look, wrong: float):
    volume = large(np.float32)
    right = store(volume, look, 20_000)
    volume.data[28, 28, 28] = wrong
    stored = store(volume, look, 20_000)
    assert stored.data.shape == right.data.shape
    apart = np.abs(intensities(stored) - intensities(right)) > 0.01 * right.high
    assert apart.sum() <= 8


@pytest.mark.parametrize("look", [Look.SURFACE, Look.TRANSLUCENT, Look.MIP])
@pytest.mark.parametrize("value", [100, -3, 0, 3e9, 2e-12, np.nan])
def test_an_image_without_contrast_is_drawn_as_well(look: Look, value: float):
    """At its own end of what the caster knows, which must have two."""
    dtype = np.int16 if isinstance(value, int) else np.float32
    stored = store(phantom((20, 20, 20)).with_data(np.full((20, 20, 20), value, dtype)), look, 1_000_000)
    assert stored.high > stored.low and not stored.data.any()
    assert look_of(look, stored, stored.own).GetRGBTransferFunction().GetSize() > 0


def test_an_image_of_very_small_numbers_keeps_its_contrast():
    """Diffusion in m²/s, for one."""
    head = phantom((20, 20, 20), noise=0.0)
    stored = store(head.with_data(head.data.astype(np.float32) * 1e-12), Look.SURFACE, 1_000_000)
    assert stored.data.max() >= 32766


@pytest.mark.parametrize("look", [Look.SURFACE, Look.TRANSLUCENT, Look.MIP])
def test_a_large_volume_is_not_copied_on_the_way(look: Look):
    small = large()
    volume = Volume(np.asfortranarray(small.data.repeat(3, 0).repeat(3, 1).repeat(3, 2)), small.affine)
    tracemalloc.start()
    store(volume, look, 100_000)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 0.6 * volume.data.nbytes


def test_the_voxels_lie_as_the_caster_reads_them():
    assert store(large(), Look.SURFACE, 1_000_000).data.flags.f_contiguous
