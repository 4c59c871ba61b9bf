"""What the state says of two scans in one picture."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.state.colormap import Colormap
from app.state.comparing import Amount, Comparing, joint_badge, scale, see, under
from app.state.layout import Cell, arrange
from app.state.mixed import Blend, difference
from app.state.slicing import resolve
from app.state.study import Entry, Study
from app.state.viewer import Layout, Plane, Viewer
from engine.modality import Modality
from tests.app.test_kinship import made_from, scan
from tests.phantoms import phantom

SIZE = (400.0, 300.0)


def pair() -> tuple[Entry, Entry]:
    source = Entry.of(scan("a/case_t1.nii.gz"))
    return source, made_from(source)


def looking(*entries: Entry) -> tuple[Viewer, Study]:
    viewer, study = Viewer(layout=Layout.COMPARE), Study(entries)
    study.selected, study.compared = entries[-1], (entries[0], entries[-1])
    viewer.look_at(entries[0].scan.volume)
    return viewer, study


def seen(blend: Blend, **how) -> list[Any]:
    viewer, study = looking(*pair())
    comparing = Comparing(blend, **how)
    return [see(viewer, cell, comparing) for cell in arrange(viewer, study, blend)]


def test_side_by_side_has_one_scan_in_each_pane():
    assert [picture.mixed for picture in seen(Blend.SIDE)] == [None] * 4
    assert [picture.badge is None for picture in seen(Blend.SIDE)] == [True, False, True, False]


@pytest.mark.parametrize("blend", [Blend.CURTAIN, Blend.CHECKERBOARD, Blend.OVERLAY, Blend.DIFFERENCE])
def test_what_blends_takes_the_place_of_the_right_half(blend):
    pictures = seen(blend)
    assert [picture.mixed.blend if picture.mixed else None for picture in pictures] == [None, blend] * 2
    assert pictures[1].mixed.names == ("T1 real", "T2 synthetic")
    assert [picture.badge is None for picture in pictures] == [True, False, True, False]


@pytest.mark.parametrize("opacity", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("order", [1, -1])
def test_the_badge_stands_whichever_of_the_two_is_seen(opacity, order):
    source, result = pair()
    viewer, study = looking(*(source, result)[::order])
    comparing = Comparing(Blend.OVERLAY, opacity=opacity)
    right = [see(viewer, cell, comparing) for cell in arrange(viewer, study, Blend.OVERLAY) if cell.column]
    assert all(picture.badge == "SYNTHETIC T2 - AI - not for diagnosis" for picture in right)


def test_two_synthetic_scans_are_both_named_in_the_badge():
    source, result = pair()
    flair = made_from(source, Modality.FLAIR)
    assert joint_badge(result.scan, flair.scan) == "SYNTHETIC T2 + FLAIR - AI - not for diagnosis"
    assert joint_badge(source.scan, source.scan) is None


def test_flicker_shows_the_other_with_its_name_its_badge_and_its_window():
    for picture, other in zip(seen(Blend.SIDE, flicker=True), ("T2", "T1") * 2, strict=True):
        assert picture.title.startswith(other)
        assert (picture.badge is None) == (other == "T1")
        assert picture.mixed.names[1].startswith(other)


def test_flicker_differs_even_between_twins():
    one, twin = (Entry.of(scan("a/case_t1.nii.gz")) for _ in range(2))
    viewer, study = looking(one, twin)
    cell = arrange(viewer, study)[0]
    assert see(viewer, cell, Comparing()) != see(viewer, cell, Comparing(flicker=True))


def test_in_four_views_the_planes_blend_and_the_volume_does_not():
    viewer, study = looking(*pair())
    viewer.layout = Layout.FOUR_UP
    cells = arrange(viewer, study, Blend.CURTAIN)
    assert [cell.blend for cell in cells] == [Blend.CURTAIN] * 3 + [Blend.SIDE]
    assert cells[3].view == "volume" and cells[3].entry is study.selected


def test_the_uncertainty_lies_over_the_result():
    source, result = pair()
    with_map = replace(result.synthesis, uncertainty=phantom(seed=3))
    result = Entry.made(with_map, source)
    viewer, study = looking(source, result)
    right = arrange(viewer, study, Blend.UNCERTAINTY)[1]
    assert right.entry is result and right.other is result.spread
    picture = see(viewer, right, Comparing(Blend.UNCERTAINTY))
    assert picture.badge and picture.mixed and picture.mixed.colormap is Colormap.VIRIDIS
    assert result.spread and result.spread.scan.synthetic and "_desc-uncertainty_" in result.spread.scan.path.name


def test_the_map_in_place_of_the_result_bears_its_own_name():
    source, result = pair()
    result = Entry.made(replace(result.synthesis, uncertainty=phantom(seed=3)), source)
    viewer, study = looking(source, result)
    right = arrange(viewer, study, Blend.UNCERTAINTY)[1]
    picture = see(viewer, right, Comparing(Blend.UNCERTAINTY, flicker=True))
    assert picture.title == "T2 uncertainty · from T1"
    assert picture.mixed and picture.mixed.names == ("T2 synthetic", "T2 uncertainty")


def test_the_difference_to_a_map_is_not_an_error():
    source, result = pair()
    result.is_spread = True
    viewer, study = looking(Entry.of(replace(source.scan, modality=result.scan.modality)), result)
    picture = see(viewer, arrange(viewer, study, Blend.DIFFERENCE)[1], Comparing(Blend.DIFFERENCE))
    assert picture.mixed and picture.mixed.caution == "A map of uncertainty is no image: this is not an error"


def test_without_a_map_there_is_no_uncertainty():
    viewer, study = looking(*pair())
    assert {cell.blend for cell in arrange(viewer, study, Blend.UNCERTAINTY)} == {Blend.SIDE}


def test_a_difference_is_second_minus_first_each_by_its_own_scale():
    volume = phantom()
    real = Entry.of(scan("a/case_t2.nii.gz", volume))
    shown = scale(real.scan)
    units = (volume.data - shown.low) / shown.window
    made = Entry.of(scan("a/case_desc-synth_T2w.nii.gz", volume.with_data(1000 * units + 100), synthetic=True))
    viewer, study = looking(real, made)
    picture = see(viewer, arrange(viewer, study, Blend.DIFFERENCE)[1], Comparing(Blend.DIFFERENCE))
    assert picture.mixed and picture.mixed.caution == ""
    inside = (picture.pixels > shown.low + 5) & (picture.pixels < shown.low + 0.85 * shown.window)
    assert np.allclose(difference(picture.pixels, picture.mixed)[inside], 0.1, atol=1e-3)


def test_a_difference_between_contrasts_says_that_it_is_no_error():
    assert "not an error" in seen(Blend.DIFFERENCE)[1].mixed.caution


def test_the_same_key_again_is_side_by_side():
    comparing = Comparing()
    comparing.toggle(Blend.CURTAIN)
    comparing.toggle(Blend.DIFFERENCE)
    assert comparing.blend is Blend.DIFFERENCE
    comparing.toggle(Blend.DIFFERENCE)
    assert comparing.blend is Blend.SIDE


def test_more_and_less_mean_what_there_is_to_change():
    comparing = Comparing()
    comparing.nudge(1)
    assert comparing.blend is Blend.OVERLAY and comparing.opacity == 0.5
    for _ in range(9):
        comparing.nudge(1)
    assert comparing.opacity == 1.0 and comparing.amount is Amount.OPACITY
    comparing.blend = Blend.DIFFERENCE
    for _ in range(20):
        comparing.nudge(-1)
    assert comparing.span == pytest.approx(0.05)


def test_the_divider_stays_in_the_pane():
    comparing = Comparing()
    comparing.slide(100)
    assert comparing.divider == 1.0
    comparing.slide(-1)
    assert comparing.divider == pytest.approx(0.95)


def test_a_drag_is_for_the_scan_under_the_pointer():
    source, result = pair()
    viewer, study = looking(source, result)

    def hit(blend, x, **how):
        comparing = Comparing(blend, **how)
        cell: Cell = arrange(viewer, study, blend)[1]
        return under(see(viewer, cell, comparing), cell, comparing, x, 150.0, SIZE)

    assert hit(Blend.CURTAIN, 10.0) is source and hit(Blend.CURTAIN, 390.0) is result
    assert hit(Blend.OVERLAY, 10.0, opacity=0.2) is source and hit(Blend.OVERLAY, 10.0, opacity=0.8) is result
    assert {hit(Blend.CHECKERBOARD, float(x)) for x in range(0, 400, 20)} == {source, result}
    assert hit(Blend.SIDE, 10.0) is result and hit(Blend.SIDE, 10.0, flicker=True) is source


def test_the_same_question_has_the_same_answer():
    viewer, study = looking(*pair())
    cell = arrange(viewer, study, Blend.CURTAIN)[1]
    assert see(viewer, cell, Comparing(Blend.CURTAIN)) == see(viewer, cell, Comparing(Blend.CURTAIN))
    assert see(viewer, cell, Comparing(Blend.CURTAIN)) != see(viewer, cell, Comparing(Blend.CURTAIN, divider=0.4))
    assert see(viewer, cell, Comparing(Blend.CURTAIN)) != resolve(viewer, cell.entry, Plane.AXIAL)


def test_what_the_caution_of_a_comparison_says():
    base, other = Entry.of(scan("a/case_t1.nii.gz")), Entry.of(scan("a/case_t2.nii.gz", phantom(shift=(40, 0, 0))))
    viewer, _ = looking(base, other)
    mixed = see(viewer, Cell(0, 1, Plane.AXIAL, base, other, Blend.OVERLAY), Comparing(Blend.OVERLAY)).mixed
    assert mixed is not None and "Not in one frame" in mixed.caution


def test_a_view_in_space_is_no_slice():
    viewer, study = looking(*pair())
    with pytest.raises(ValueError, match="volume"):
        see(viewer, Cell(0, 0, "volume", study.entries[0]), Comparing())
