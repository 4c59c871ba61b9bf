"""The unsharp mask: edges inside the brain, nothing else."""

import numpy as np
import pytest

from engine.sharpening import UnsharpMask


def edge() -> tuple[np.ndarray, np.ndarray]:
    """A brain of two halves, .8 and 1.2, in a background of 0."""
    image = np.zeros((24, 20, 16), np.float32)
    image[4:12, 3:17, 3:13], image[12:20, 3:17, 3:13] = 0.8, 1.2
    return image, image > 0


def test_an_edge_within_the_brain_becomes_steeper_on_both_sides():
    image, inside = edge()
    made = UnsharpMask(inside, 0.5)(image)
    assert made[11, 10, 8] < 0.78 and made[12, 10, 8] > 1.22
    assert made[4:9, 3:17, 3:13] == pytest.approx(0.8) and made[15:20, 3:17, 3:13] == pytest.approx(1.2)


def test_the_brain_s_own_rim_is_no_edge():
    inside = edge()[1]
    flat = np.where(inside, np.float32(1), np.float32(0))
    np.testing.assert_allclose(UnsharpMask(inside, 1.0)(flat), flat, atol=1e-5)


def test_what_lies_outside_stays_and_does_not_count():
    image, inside = edge()
    noisy = np.where(inside, image, np.float32(7))
    made = UnsharpMask(inside, 0.5)(noisy)
    assert np.array_equal(made[~inside], noisy[~inside])
    np.testing.assert_allclose(made[inside], UnsharpMask(inside, 0.5)(image)[inside], atol=1e-5)


def test_nothing_is_asked_nothing_happens():
    image, inside = edge()
    before = image.copy()
    assert UnsharpMask(inside, 0)(image) is image
    assert UnsharpMask(np.zeros_like(inside), 0.5)(image) is image
    UnsharpMask(inside, 0.5)(image)
    assert np.array_equal(image, before)


def test_one_mask_serves_every_image_of_a_brain():
    image, inside = edge()
    sharpen = UnsharpMask(inside, 0.5)
    for other in (image, 2 * image):
        np.testing.assert_array_equal(sharpen(other), UnsharpMask(inside, 0.5)(other))
