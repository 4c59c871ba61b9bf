"""Five contrasts of one anatomy: the same patient for ever, in the order of contrasts that physics expects."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from engine.modality import Modality
from training.phantom.deform import Deformation
from training.phantom.patients import Patient, Phantom
from training.phantom.scanner import Scanner

SMALL = Phantom(size=(40, 48, 40))
PERFECT = replace(
    SMALL,
    tissue=0.0,
    texture=0.0,
    protocol=0.0,
    scanner=Scanner(bias=(0, 1e-6), noise=(1e-6, 2e-6), thick=0.0, moved=0.0),
)


@lru_cache
def patient(health: tuple[float, float, float], index: int = 0, perfect: bool = True, **changes: Any) -> Patient:
    return replace(PERFECT if perfect else SMALL, health=health, **changes).patient(index)


def test_all_contrasts_share_grid_and_mask():
    made = SMALL.patient(0)
    assert set(made.images) == set(Modality)
    masks = [image > 0 for image in made.images.values()]
    assert all(mask.shape == SMALL.size for mask in masks)
    assert all(np.array_equal(masks[0], mask) for mask in masks)
    assert 0.15 < masks[0].mean() < 0.7
    edge = masks[0].copy()
    edge[1:-1, 1:-1, 1:-1] = False
    assert not edge.any()


def test_a_patient_depends_on_seed_and_index_alone():
    first = SMALL.patient(3)
    np.random.seed(1)
    again = replace(SMALL).patient(3)
    for modality in Modality:
        assert np.array_equal(first.images[modality], again.images[modality])
    others = (SMALL.patient(4), replace(SMALL, seed=1).patient(3))
    assert all(not np.array_equal(first.images[Modality.T1], other.images[Modality.T1]) for other in others)


def test_grey_and_water_stand_as_expected_beside_white_matter():
    """On the brightest and darkest of a perfect acquisition; partial volume only narrows the span."""
    images = patient((1, 0, 0), size=(64, 76, 64)).images
    inside = images[Modality.T1] > 0
    t2, flair, pd = (images[m][inside] / 500 for m in (Modality.T2, Modality.FLAIR, Modality.PD))
    water = t2 > 3.0
    assert water.sum() > 50
    assert np.median(flair[water]) < 0.4
    assert 1.1 < np.median(pd[water]) < 1.3
    assert np.corrcoef(t2, images[Modality.T1][inside])[0, 1] < -0.5


def test_a_tumour_enhances_after_contrast_and_shines_in_flair():
    made = patient((0, 1, 0), 1)
    assert made.disease == "tumour"
    oedema = made.segmentation == 2
    healthy = (made.segmentation == 0) & (made.images[Modality.T1] > 0)
    assert oedema.sum() > 20
    for modality in (Modality.T2, Modality.FLAIR):
        image = made.images[modality]
        assert np.median(image[oedema]) > 1.2 * np.median(image[healthy])
    rims = [p for index in range(4) if ((p := patient((0, 1, 0), index)).segmentation == 4).sum() > 30]
    assert rims
    for p in rims:
        gain = p.images[Modality.T1CE] / np.maximum(p.images[Modality.T1], 1)
        assert np.median(gain[p.segmentation == 4]) > 1.2
        assert np.median(gain[(p.segmentation == 0) & (p.images[Modality.T1] > 0)]) == pytest.approx(1, abs=0.05)


def test_plaques_shine_in_flair_where_the_segmentation_says():
    made = patient((0, 0, 1), 2, size=(60, 68, 60))
    plaque = made.segmentation == 3
    flair, healthy = made.images[Modality.FLAIR], (made.segmentation == 0) & (made.images[Modality.T1] > 0)
    assert plaque.sum() > 5 and set(np.unique(made.segmentation)) == {0, 3}
    assert np.median(flair[plaque]) > 1.2 * np.median(flair[healthy])


def test_the_scanner_changes_intensities_not_anatomy():
    """Between contrasts T1 and T2 of a real acquisition the borders agree with those of a perfect one."""
    perfect, real = patient((1, 0, 0)), patient((1, 0, 0), perfect=False, tissue=0.0, texture=0.0, protocol=0.0)
    inside = perfect.images[Modality.T2] > 0
    assert np.array_equal(inside, real.images[Modality.T2] > 0)
    one, other = (np.log(p.images[Modality.T2][inside]) for p in (perfect, real))
    assert np.std(one - other) > 0.01
    assert np.corrcoef(one, other)[0, 1] > 0.8


def test_a_head_has_more_than_its_brain():
    head = patient((1, 0, 0), skull=True, size=(60, 68, 60)).images
    tissue = head[Modality.PD] > 60
    assert 0.2 < tissue.mean() < 0.8
    assert head[Modality.T1].max() > 1.2 * 500  # fat
    bone = (head[Modality.PD] < 350) & np.asarray(ndimage.binary_fill_holes(tissue))  # nothing else is dark in PD
    assert bone.sum() > 500
    assert not bone[25:35, 30:38, 25:35].any()


def test_a_brain_that_is_too_large_is_shrunk_into_the_size():
    wide = replace(PERFECT, deformation=Deformation(scale=(1.15, 1.16)), size=(32, 32, 32))
    mask = wide.patient(0).images[Modality.T1] > 0
    assert mask.sum() > 1000
    assert not mask[[0, -1]].any() and not mask[:, [0, -1]].any()
