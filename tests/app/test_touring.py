"""The tour goes from stop to stop and ends."""

from __future__ import annotations

from app.state.touring import Tour, stops
from app.state.viewer import Viewer


def test_it_goes_through_every_stop_and_ends():
    viewer, tour, seen = Viewer(), Tour(at=0), []
    while (stop := tour.stop(viewer)) is not None:
        seen.append(stop)
        tour.step(viewer)
    assert tuple(seen) == stops(viewer)


def test_where_there_is_no_tour_a_step_begins_none():
    tour = Tour()
    tour.step(Viewer())
    assert tour.at is None and tour.stop(Viewer()) is None
