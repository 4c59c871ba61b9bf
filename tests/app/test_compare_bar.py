"""The bar above the views: which two, in which way, and their error."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton

from app.state.mixed import Blend
from app.state.viewer import Layout, Plane
from engine.modality import Modality
from tests.app.test_window import pane_of, synthesize, turn_wheel
from tests.phantoms import phantom, write_phantom


@pytest.fixture
def bar(qtbot, window, head, open_scans):
    """A T1 beside the T2 made from it."""
    open_scans(head)
    assert not window.compare_bar.isVisible()
    synthesize(qtbot, window)
    return window.compare_bar


def ways(bar):
    return {button.text(): button for button in bar.findChildren(QToolButton, "way")}


def test_it_is_there_while_two_scans_are_compared(qtbot, window, bar):
    assert bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_4)
    assert not bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert bar.isVisible()


def test_it_names_the_two_and_takes_others(qtbot, window, bar):
    assert [box.currentText() for box in bar.sides] == ["T1 real", "T2 synthetic"]
    synthesize(qtbot, window, Modality.FLAIR)
    assert [box.currentText() for box in bar.sides] == ["T1 real", "FLAIR synthetic"]
    bar.sides[0].setCurrentIndex(1)
    bar.sides[0].activated.emit(1)
    assert [entry.contrast for entry in window.study.compared] == ["T2", "FLAIR"]


def test_chosen_on_both_sides_the_two_change_places(bar, window):
    first, second = window.study.compared
    bar.sides[0].activated.emit(1)
    assert window.study.compared == (second, first)


def test_every_way_has_a_button_that_shows_whether_it_is_on(qtbot, window, bar):
    assert list(ways(bar)) == ["Curtain", "Checkerboard", "Overlay", "Difference", "Flicker", "Uncertainty"]
    qtbot.mouseClick(ways(bar)["Checkerboard"], Qt.MouseButton.LeftButton)
    assert window.comparing.blend is Blend.CHECKERBOARD and ways(bar)["Checkerboard"].isChecked()
    qtbot.mouseClick(ways(bar)["Checkerboard"], Qt.MouseButton.LeftButton)
    assert window.comparing.blend is Blend.SIDE and not ways(bar)["Checkerboard"].isChecked()


def test_flicker_by_its_button_stays_until_it_is_pressed_again(qtbot, window, bar):
    for shown in (True, False):
        qtbot.mouseClick(ways(bar)["Flicker"], Qt.MouseButton.LeftButton)
        assert window.comparing.flicker is shown and ways(bar)["Flicker"].isChecked() is shown


def test_in_a_small_window_no_way_loses_a_letter(qtbot, window, bar):
    window.resize(1280, 720)
    window.comparing.blend = Blend.OVERLAY
    qtbot.waitUntil(lambda: all(way.width() >= way.sizeHint().width() for way in ways(bar).values()))
    assert window.width() == 1280 and window.minimumSizeHint().width() <= 1280 and bar.slider.isVisible()


def test_the_slider_is_the_opacity_or_the_range(qtbot, window, bar):
    assert not bar.slider.isVisible()
    window.comparing.blend = Blend.OVERLAY
    bar.slider.setValue(15)
    assert window.comparing.opacity == 0.75 and bar.caption.text() == "Opacity 75 %"
    window.comparing.blend = Blend.DIFFERENCE
    assert bar.caption.text() == "Range ±0.50" and bar.slider.value() == 10
    bar.slider.setValue(5)
    assert window.comparing.span == 0.25 and window.comparing.opacity == 0.75


def test_the_error_is_unknown_without_a_truth(bar):
    assert bar.verdict.text() == "No ground truth: error unknown" and bar.verdict.toolTip()


def test_what_speaks_against_the_pair_stays_in_sight(window, bar, tmp_path, open_scans):
    open_scans(write_phantom(tmp_path / "Other_9_t2.nii.gz", phantom()))
    window.study.compared = (window.study.entries[-1], window.study.entries[1])
    window.viewer.layout = Layout.COMPARE
    assert bar.caution.isVisible() and bar.caution.text().startswith("Not the same scan")


def test_scans_of_different_frames_scroll_each_for_itself_until_the_reader_links_them(
    qtbot, window, tmp_path, open_scans
):
    open_scans(write_phantom(tmp_path / "case_t1.nii.gz", phantom()))
    open_scans(write_phantom(tmp_path / "case_t2.nii.gz", phantom(shift=(200, 0, 0))))
    qtbot.keyClick(window, Qt.Key.Key_5)
    assert "not linked" in window.banner.label.text() and not window.comparing.linked
    left, right = pane_of(window, Plane.AXIAL), pane_of(window, Plane.AXIAL, 1)
    before = [left.picture.index, right.picture.index]
    assert None not in before
    turn_wheel(right, 2)
    window.grid.refresh()
    assert [left.picture.index, right.picture.index] == [before[0], before[1] + 2]
    qtbot.keyClick(window, Qt.Key.Key_X)
    window.grid.refresh()
    assert not left.picture.show_crosshair and not right.picture.show_crosshair
    qtbot.mouseClick(window.banner.answer, Qt.MouseButton.LeftButton)
    assert window.comparing.linked
    window.grid.refresh()
    assert pane_of(window, Plane.AXIAL, 1).viewer is window.viewer


def test_scans_of_one_frame_are_linked_and_can_be_unlinked(qtbot, window, bar):
    assert window.comparing.linked
    qtbot.keyClick(window, Qt.Key.Key_Y)
    left, right = pane_of(window, Plane.AXIAL), pane_of(window, Plane.AXIAL, 1)
    before = left.picture.index
    turn_wheel(left, 3)
    window.grid.refresh()
    assert left.picture.index == before + 3 and right.picture.index == before
    qtbot.keyClick(window, Qt.Key.Key_Y)
    window.grid.refresh()
    assert right.picture.index == left.picture.index


def test_colours_are_of_the_view_that_has_the_keys_and_can_be_undone(qtbot, window, bar):
    first, second = window.study.compared
    right = pane_of(window, Plane.AXIAL, 1)
    qtbot.mouseClick(right, Qt.MouseButton.LeftButton, pos=QPoint(40, 60))
    window.acts["colour-hot"].trigger()
    assert second.colormap.value == "Hot" and first.colormap.value == "Grey"
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert second.colormap.value == "Grey"


@pytest.mark.parametrize("blend", [Blend.SIDE, Blend.OVERLAY, Blend.DIFFERENCE])
def test_comparing_fits_a_small_screen(window, bar, blend):
    window.comparing.blend = blend
    QApplication.processEvents()
    assert bar.isVisible() and window.minimumSizeHint().width() <= 1280


def test_a_name_that_is_too_long_keeps_its_beginning_and_its_end(qtbot, window, tmp_path, open_scans):
    long = "head_of_a_patient_with_a_very_long_name_indeed"
    open_scans(*(write_phantom(tmp_path / f"{long}_{run}_t1.nii.gz", phantom()) for run in (1, 2)))
    qtbot.keyClick(window, Qt.Key.Key_5)
    box = window.compare_bar.sides[0]
    shown = box.shown_text()
    assert shown != box.currentText() and "…" in shown
    assert box.currentText().startswith(shown.split("…")[0]) and box.currentText().endswith(shown.split("…")[1])
    assert box.fontMetrics().horizontalAdvance(shown) < box.width()
