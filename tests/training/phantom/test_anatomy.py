"""From the numbers of a label map to structures, brain and distances."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from engine.errors import RespinError
from training.phantom import anatomy as parts
from training.phantom.anatomy import Anatomy, from_label_map, label_maps, structures_of
from training.phantom.formula import formula_anatomy


@pytest.fixture(scope="module")
def made() -> Anatomy:
    return formula_anatomy(np.random.default_rng(0), spacing=4.0)


def written(path: Path, labels: np.ndarray) -> Path:
    """As a label map whose axes point to L, I, A."""
    data = np.ascontiguousarray(labels[::-1, :, ::-1].transpose(0, 2, 1)).astype(np.int16)
    affine = np.array([[-1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    nib.Nifti1Image(data, affine).to_filename(path)  # pyright: ignore[reportPrivateImportUsage]
    return path


def test_freesurfer_and_brainweb_numbers_are_told_apart():
    freesurfer = structures_of(np.array([0, 2, 3, 4, 24, 41, 49, 515]), "a")
    assert freesurfer.tolist() == [
        0, parts.WHITE, parts.CORTEX, parts.VENTRICLE, parts.CSF, parts.WHITE, parts.THALAMUS, parts.BONE
    ]  # fmt: skip
    brainweb = structures_of(np.array([0, 1, 2, 3, 7]), "b")
    assert brainweb.tolist() == [0, parts.CSF, parts.CORTEX, parts.WHITE, parts.BONE]


def test_what_is_no_label_map_is_refused(tmp_path: Path):
    with pytest.raises(RespinError, match=r"scan\.nii is no label map"):
        structures_of(np.array([0, 100, 200]), "scan.nii")
    with pytest.raises(RespinError, match="holds no label map"):
        label_maps(tmp_path)


def test_a_label_map_is_turned_to_the_patients_axes(tmp_path: Path, made: Anatomy):
    """A mark in the right half stays in the right half, whatever the file's axes."""
    labels = np.zeros(made.labels.shape, int)
    labels[made.labels == parts.CORTEX] = 3
    labels[made.labels == parts.WHITE] = 2
    labels[made.labels == parts.VENTRICLE] = 4
    middle = made.labels.shape[0] // 2
    labels[middle + 4 : middle + 7, 24:27, 20:24] = 13
    anatomy = from_label_map(written(tmp_path / "map.nii.gz", labels))
    brain = np.argwhere(np.isin(anatomy.labels, parts.SOLID)).mean(0)
    mark = np.argwhere(anatomy.labels == parts.PALLIDUM).mean(0)
    expected = np.argwhere(labels == 13).mean(0) - np.argwhere(labels > 0).mean(0)
    np.testing.assert_allclose(mark - brain, expected, atol=1e-6)


def test_depth_is_positive_inside_and_fills_the_sulci(made: Anatomy):
    depth = made.depth
    assert np.shape(depth) == made.labels.shape
    solid = np.isin(made.labels, (parts.WHITE, parts.THALAMUS, parts.VENTRICLE))
    assert (depth[solid] > 0).mean() > 0.99
    assert depth[0, :, :].max() < 0 and depth[:, :, -1].max() < 0
    assert 40 < depth.max() < 90


def test_distances_are_zero_on_the_structure_and_grow_away_from_it(made: Anatomy):
    ventricle = made.coarse(parts.VENTRICLE, parts.CHOROID)
    assert made.to_ventricle[ventricle].max() == 0
    assert made.to_ventricle[~ventricle].min() > 0
    assert made.to_ventricle.max() > 50
