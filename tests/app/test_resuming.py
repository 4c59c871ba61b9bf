"""The layout is found again as it was left, when the scans for it are there."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt

from app.main_window import MainWindow
from app.state.depth import Look
from app.state.preferences import Preferences
from app.state.resuming import resume
from app.state.study import Study
from app.state.viewer import VIEWS, Layout, Plane, Viewer
from engine.bundle import Bundle
from tests.app.test_slicing import viewing
from tests.phantoms import phantom, write_phantom


def begun(preferences: Preferences) -> tuple[Viewer, Study]:
    viewer, study = Viewer(), Study()
    resume(viewer, study, preferences)
    return viewer, study


@pytest.mark.parametrize("only", [*VIEWS, None])
def test_one_view_alone_stands_alone_again(only):
    preferences = Preferences()
    viewer, _ = begun(preferences)
    viewer.only = Plane.AXIAL
    viewer.only = only
    assert begun(preferences)[0].only == only


def test_what_no_version_ever_wrote_is_all_views():
    assert begun(Preferences(only="diagonal"))[0].only is None


def test_two_scans_are_compared_again_as_soon_as_there_are_two():
    preferences = Preferences()
    begun(preferences)[0].layout = Layout.COMPARE
    viewer, study = begun(preferences)
    first, second = (viewing(phantom())[1] for _ in range(2))
    study.add(first)
    study.selected = first
    assert viewer.layout is Layout.FOUR_UP and study.compared is None, "nothing to compare it with"
    study.add(second)
    assert viewer.layout is Layout.COMPARE and study.compared == (first, second)


def test_only_at_the_beginning_and_only_if_so_left():
    viewer, study = begun(Preferences())
    for _ in range(3):
        study.add(viewing(phantom())[1])
    assert viewer.layout is Layout.FOUR_UP
    viewer.layout = Layout.COMPARE
    viewer.layout = Layout.FOUR_UP
    study.add(viewing(phantom())[1])
    assert viewer.layout is Layout.FOUR_UP


def test_the_window_stands_as_it_did(qtbot, window, model, head, open_scans, tmp_path):
    open_scans(head, write_phantom(tmp_path / "other_t2.nii.gz", phantom()))
    window.acts["depth-mip"].trigger()
    window.acts["crosshair"].trigger()
    window.acts["annotations"].trigger()
    qtbot.keyClick(window, Qt.Key.Key_5)
    qtbot.keyClick(window, Qt.Key.Key_C)
    window.close()
    again = MainWindow(cast("Bundle", model), model.translate)
    qtbot.addWidget(again)
    assert again.viewer.annotations, "letters of left and right are there every morning"
    assert again.viewer.look is Look.MIP and not again.viewer.show_crosshair
    again.open([head, tmp_path / "other_t2.nii.gz"])
    qtbot.waitUntil(lambda: len(again.study.entries) == 2)
    assert again.viewer.layout is Layout.COMPARE and again.viewer.only is Plane.CORONAL
    again.close()
