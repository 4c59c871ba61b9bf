"""What is remembered follows the viewer."""

from __future__ import annotations

from app.state.preferences import Preferences
from app.state.viewer import LeftButton, Mouse, Viewer


def test_the_viewer_gets_what_was_remembered():
    viewer = Viewer()
    Preferences(mouse=Mouse.RESEARCH, radiological=False, interpolate=False).follow(viewer)
    assert (viewer.mouse, viewer.left_button) == (Mouse.RESEARCH, LeftButton.CROSSHAIR)
    assert not viewer.radiological and not viewer.interpolate


def test_what_the_reader_changes_is_remembered():
    preferences, viewer = Preferences(), Viewer()
    preferences.follow(viewer)
    viewer.take(Mouse.RESEARCH)
    viewer.radiological = False
    assert preferences.mouse is Mouse.RESEARCH and not preferences.radiological


def test_a_switch_of_the_left_button_is_for_today_only():
    preferences, viewer = Preferences(), Viewer()
    preferences.follow(viewer)
    viewer.left_button = LeftButton.CROSSHAIR
    assert preferences.mouse is Mouse.RADIOLOGY
    viewer.take(Mouse.RADIOLOGY)
    assert viewer.left_button is LeftButton.WINDOW
