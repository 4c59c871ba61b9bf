"""Undo and redo, without a window."""

from __future__ import annotations

import gc
import weakref

import pytest

from app.state.history import Change, History
from app.state.viewer import Layout, Viewer


def shift(history: History, viewer: Viewer, **values: object) -> None:
    with history.step("layout", viewer, *values):
        for name, value in values.items():
            setattr(viewer, name, value)


def test_a_step_goes_back_and_forth():
    history, viewer = History(), Viewer()
    shift(history, viewer, layout=Layout.COMPARE, radiological=False)
    assert history.undo_words == "layout" and history.redo_words == ""
    history.undo()
    assert (viewer.layout, viewer.radiological) == (Layout.FOUR_UP, True)
    assert history.undo_words == "" and history.redo_words == "layout"
    history.redo()
    assert (viewer.layout, viewer.radiological) == (Layout.COMPARE, False)


def test_steps_are_taken_back_in_turn_and_nothing_happens_at_the_end():
    history, viewer = History(), Viewer()
    for crosshair in ((1.0, 0.0, 0.0), (2.0, 0.0, 0.0)):
        shift(history, viewer, crosshair=crosshair)
    seen = []
    for _ in range(3):
        history.undo()
        seen.append(viewer.crosshair[0])
    assert seen == [1.0, 0.0, 0.0]
    for _ in range(3):
        history.redo()
    assert viewer.crosshair[0] == 2.0


def test_doing_something_new_forgets_what_was_undone():
    history, viewer = History(), Viewer()
    shift(history, viewer, interpolate=False)
    history.undo()
    shift(history, viewer, radiological=False)
    history.redo()
    assert viewer.interpolate and not viewer.radiological


def test_a_step_that_changes_nothing_is_none():
    history, viewer = History(), Viewer()
    shift(history, viewer, interpolate=True)
    assert history.done == ()


def test_a_drag_is_one_step_and_a_cancelled_one_none():
    history, viewer = History(), Viewer()
    begun = history.begin("pointing", viewer, "crosshair")
    for x in (1.0, 2.0, 3.0):
        viewer.crosshair = (x, 0.0, 0.0)
    begun.end()
    history.begin("pointing", viewer, "crosshair")
    assert len(history.done) == 1
    history.undo()
    assert viewer.crosshair == (0.0, 0.0, 0.0)


def test_a_key_held_down_is_one_step():
    history, viewer, other = History(), Viewer(), Viewer()
    for x in (1.0, 2.0, 3.0):
        with history.step("pointing", viewer, "crosshair", merge=True):
            viewer.crosshair = (x, 0.0, 0.0)
    with history.step("pointing", other, "crosshair", merge=True):
        other.crosshair = (9.0, 0.0, 0.0)
    assert len(history.done) == 2, "of another owner, another step"
    history.undo()
    history.undo()
    assert viewer.crosshair == other.crosshair == (0.0, 0.0, 0.0)
    history.redo()
    assert viewer.crosshair == (3.0, 0.0, 0.0)


def test_nothing_is_kept_alive_by_what_could_be_undone():
    history, viewer, gone = History(), Viewer(), Viewer()
    shift(history, viewer, interpolate=False)
    shift(history, gone, layout=Layout.COMPARE)
    alive = weakref.ref(gone)
    del gone
    gc.collect()
    assert alive() is None
    history.undo()
    assert viewer.interpolate, "the step of what is gone is passed over"


@pytest.mark.parametrize(("heavy", "kept"), [(True, 1), (False, 3)])
def test_of_heavy_steps_only_the_latest_is_kept(heavy: bool, kept: int):
    history, viewer = History(), Viewer()
    for _ in range(3):
        history.add(Change("removal", weakref.ref(viewer), lambda _: None, lambda _: None, heavy=heavy))
    assert len(history.done) == kept


def test_the_history_does_not_grow_without_end():
    history, viewer = History(), Viewer()
    for x in range(500):
        shift(history, viewer, crosshair=(float(x + 1), 0.0, 0.0))
    assert len(history.done) < 100
