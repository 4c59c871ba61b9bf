"""A brain without a label map has the parts of a brain."""

import numpy as np

from training.phantom import anatomy as parts
from training.phantom.formula import formula_anatomy


def test_it_has_every_structure_once_on_either_side():
    anatomy = formula_anatomy(np.random.default_rng(1), spacing=2.0)
    labels = anatomy.labels
    expected = set(range(parts.BACKGROUND, parts.VESSEL)) | {parts.BONE, parts.MARROW, parts.FAT, parts.SKIN}
    assert set(np.unique(labels)) == expected
    middle = labels.shape[0] // 2
    for structure in (parts.THALAMUS, parts.STRIATUM, parts.CORTEX, parts.WHITE):
        left, right = (np.count_nonzero(half == structure) for half in (labels[:middle], labels[middle:]))
        assert 0.6 < left / right < 1.6


def test_it_has_the_volumes_of_a_brain():
    anatomy = formula_anatomy(np.random.default_rng(2), spacing=2.0)
    litres = np.bincount(anatomy.labels.ravel(), minlength=22) * 8e-6
    assert 0.9 < litres[list(parts.SOLID)].sum() < 1.8
    assert 0.5 < litres[parts.CORTEX] / litres[parts.WHITE] < 2.5
    assert 0.005 < litres[parts.VENTRICLE] < 0.12


def test_the_same_draw_is_the_same_brain_and_another_is_another():
    one, same, other = (formula_anatomy(np.random.default_rng(seed), spacing=4.0).labels for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert (one != other).mean() > 0.05


def test_the_cerebellum_lies_behind_and_below():
    labels = formula_anatomy(np.random.default_rng(5), spacing=4.0).labels
    cerebellum = np.argwhere(labels == parts.CEREBELLAR_CORTEX).mean(0)
    white = np.argwhere(labels == parts.WHITE).mean(0)
    assert cerebellum[1] < white[1] and cerebellum[2] < white[2]
