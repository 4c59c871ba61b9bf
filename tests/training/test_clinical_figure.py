"""What a reader sees of a clinical evaluation: the patient's right on the left, millimetres, and the word SYNTHETIC."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.modality import Modality
from engine.volume import Volume
from tests.phantoms import phantom
from training.clinical_figure import Line, axial, figure, place, sagittal

SHAPE, SPACING = (24, 30, 8), (2.0, 2.0, 6.0)


def marked(orientation: str) -> Volume:
    """A brain whose right front is bright, on a grid of this orientation."""
    volume = phantom(SHAPE, SPACING, orientation, noise=0.0)
    grid = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1)
    right_front = ((volume.ras(grid) - volume.centre)[..., :2] > 0).all(axis=-1)
    return volume.with_data(np.where(volume.data != 0, np.where(right_front, 1000, 100), 0).astype(np.int16))


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "LAS", "SRP", "ALI"])
def test_the_patients_right_is_on_the_left_and_the_front_up(orientation: str):
    volume = marked(orientation)
    picture = axial(volume, place(volume))
    assert picture.shape == (60, 48)
    rows, columns = np.nonzero(picture == 1000)
    assert rows.max() < 30 and columns.max() < 24
    assert (picture == 100).any()


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "SRP"])
def test_the_sagittal_slice_looks_to_the_left_and_stands_upright(orientation: str):
    volume = marked(orientation)
    picture = sagittal(volume, place(volume))
    assert picture.shape == (48, 60)
    assert np.nonzero(picture == 1000)[1].max() < 30
    top = volume.with_data(np.where((volume.ras(np.indices(volume.shape).T) - volume.centre)[..., 2].T > 0, 1, 0))
    upper = sagittal(top, place(volume))
    assert upper[:20].all() and not upper[-20:].any()


def test_the_picture_has_a_row_a_target_and_its_words(tmp_path: Path):
    brain = phantom(SHAPE, SPACING, "LPS")
    made = brain.with_data(np.where(brain.data != 0, 500.0, 0.0).astype(np.float32))
    lines = [Line(Modality.T2, made, phantom(SHAPE, SPACING, "LPS", Modality.T2)) for _ in range(2)]
    figure(Modality.T1, brain, lines[:1], tmp_path / "one.png")
    figure(Modality.T1, brain, lines, tmp_path / "new" / "two.png")
    one, two = (np.asarray(Image.open(tmp_path / name)) for name in ("one.png", "new/two.png"))
    assert two.shape[1] == one.shape[1]
    assert two.shape[0] - one.shape[0] == 2 * (60 + 4)
    assert np.all(one[:14] != 0, axis=-1).sum() == 0 and one[:14].any()  # the line of words, in one colour
