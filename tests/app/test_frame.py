"""Where scans lie: what is drawn on one head is not shown on a stranger's."""

from __future__ import annotations

from dataclasses import replace
from weakref import ref

import pytest

from app.state.frame import Frame, one_frame
from app.state.grips import drawn
from app.state.measuring import draw
from app.state.slicing import resolve
from app.state.study import Entry
from app.state.viewer import LeftButton, Plane, Viewer
from engine.files import Origin, Place
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom


def scan(space: str = "", **wanted):
    made = scan_of(phantom(**wanted))
    return replace(made, origin=Origin(Place(made.path), (made.path,), space=space)) if space else made


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (scan(), scan(rotation=12.0), True),
        (scan(), scan(shift=(4000, 0, 0)), False),
        (scan("1.2"), scan("1.2", shift=(4000, 0, 0)), True),
        (scan("1.2"), scan("1.3"), False),
        (scan("1.2"), scan(), True),
    ],
)
def test_a_named_frame_counts_before_the_place(one, other, same):
    assert one_frame(Frame.of(one), Frame.of(other)) is same
    assert one_frame(Frame.of(other), Frame.of(one)) is same


def test_a_frame_does_not_keep_the_scan():
    of_scan = scan()
    frame, data = Frame.of(of_scan), ref(of_scan.volume.data)
    assert frame.grid.data.strides == (0, 0, 0)
    del of_scan
    assert data() is None


@pytest.mark.parametrize("button", [LeftButton.DISTANCE, LeftButton.ELLIPSE])
def test_what_is_drawn_on_one_head_is_seen_in_its_frame_only(button):
    viewer, home = Viewer(), Entry.of(scan("1.2"))
    viewer.look_at(home.scan.volume)
    start, end = viewer.crosshair, tuple(c + 5.0 * (axis < 2) for axis, c in enumerate(viewer.crosshair))
    draw(viewer, drawn(button, resolve(viewer, home, Plane.AXIAL), start, end))
    beside = [Entry.of(scan("1.2", rotation=0.0)), Entry.of(scan("1.3"))]
    assert [len(resolve(viewer, entry, Plane.AXIAL).marks) for entry in (home, *beside)] == [1, 1, 0]
