"""Words and marks over a slice: in pictures of two scans, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from app.render import annotations
from app.render.slice_painter import slice_image
from app.state.comparing import Comparing, see
from app.state.layout import Cell
from app.state.mixed import Blend
from app.state.slicing import Slice
from app.state.study import Entry
from app.state.viewer import Plane
from tests.app.test_badge import is_badged
from tests.app.test_compare import BLENDS, HIGH, WIDE, colours, flat
from tests.app.test_comparing import looking

everyway = pytest.mark.parametrize("blend", [Blend.SIDE, *BLENDS])


def seen(first: Entry, second: Entry, blend: Blend, annotated: bool = True, interpolate: bool = True) -> Slice:
    viewer, _ = looking(first, second)
    viewer.show_crosshair, viewer.annotations, viewer.interpolate = False, annotated, interpolate
    comparing = Comparing(blend, opacity=0.25)
    return see(viewer, Cell(0, 1, Plane.AXIAL, first, second, blend), comparing)


def two() -> tuple[Entry, Entry]:
    return flat(200, "a/case_t1.nii.gz"), flat(800, "a/case_t2.nii.gz")


def chequered(name: str, first: int) -> Entry:
    """Every voxel dark beside bright ones."""
    entry = flat(0, name)
    even = np.indices(entry.scan.volume.shape).sum(axis=0) % 2 == 0
    entry.scan.volume.data[...] = np.where(even, first, 1000 - first)
    return entry


@everyway
def test_the_scale_bar_is_as_long_as_it_says_in_every_way_to_compare(qapp, blend):
    pictures = [seen(*two(), blend, annotated=annotated) for annotated in (True, False)]
    with_marks, without = (colours(slice_image(picture, WIDE, HIGH)) for picture in pictures)
    changed = (with_marks != without).any(axis=2)[HIGH - 11 : HIGH - 9].any(axis=0)
    columns = np.flatnonzero(changed[int(0.6 * WIDE) :])
    scale = pictures[0].scale((WIDE, HIGH))
    length = next(mm for mm in annotations._BARS if mm * scale <= WIDE / 5)
    assert abs(np.ptp(columns) - length * scale) < 6


@everyway
def test_interpolation_is_on_or_off_in_every_way_to_compare(qapp, blend):
    first, second = chequered("a/case_t1.nii.gz", 200), chequered("a/case_t2.nii.gz", 800)
    for interpolate in (False, True):
        picture = seen(first, second, blend, annotated=False, interpolate=interpolate)
        middle = colours(slice_image(picture, WIDE, HIGH))[80:140, 120:180].reshape(-1, 3)
        two_commonest = np.sort(np.unique(middle, axis=0, return_counts=True)[1])[-2:].sum() / len(middle)
        assert two_commonest < 0.6 if interpolate else two_commonest > 0.9  # the tiles' edges are smooth


@pytest.mark.parametrize("blend", [Blend.CURTAIN, Blend.CHECKERBOARD, Blend.OVERLAY])
def test_of_two_windows_it_is_said_whose_they_are(qapp, blend):
    image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    said = annotations._windows(painter, seen(*two(), blend), 200).splitlines()
    painter.end()
    assert [line.split("  W ")[0] for line in said] == ["T1 real", "T2 real"]


@everyway
def test_no_window_runs_into_the_letter_below_in_a_narrow_pane(qapp, blend):
    narrow, tall = 280, 400
    lettered = seen(*two(), blend)
    if lettered.mixed is not None:  # the curtain's edge may stand behind a letter: away with it
        lettered = replace(lettered, mixed=replace(lettered.mixed, divider=0.9))
    blank = replace(lettered, letters=replace(lettered.letters, bottom=""))
    shown, bare = (colours(slice_image(picture, narrow, tall)).astype(int) for picture in (lettered, blank))
    below = slice(tall - 26, tall - 4)
    letter = np.flatnonzero((shown != bare).any(axis=2)[below].any(axis=0))
    assert letter.size, "the letter was not drawn"
    words = (bare[below, letter[0] : letter[-1] + 1] > 60).any()
    assert not words, "words lie where the letter is"


def test_uncertainty_over_a_result_is_badged(qapp):
    made, spread = flat(500, "a/case_desc-synth_T2w.nii.gz", True), flat(50, "a/case_uncertainty.nii.gz", True)
    for annotated in (True, False):
        assert is_badged(slice_image(seen(made, spread, Blend.UNCERTAINTY, annotated), WIDE, HIGH))
