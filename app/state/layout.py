"""Which pane stands where: one pure answer from layout, selection and comparison."""

from __future__ import annotations

from dataclasses import dataclass

from app.state.mixed import Blend
from app.state.study import Entry, Study
from app.state.viewer import Layout, Plane, View, Viewer


@dataclass(frozen=True)
class Cell:
    """One pane: its place, what it shows, and of which scan.

    other: the scan that it is compared with, where there is one
    blend: how that comes into the picture; side by side it does not
    aside: beside another scan, from which it may be unlinked
    """

    row: int
    column: int
    view: View
    entry: Entry
    other: Entry | None = None
    blend: Blend = Blend.SIDE
    aside: bool = False


def arrange(viewer: Viewer, study: Study, blend: Blend = Blend.SIDE) -> tuple[Cell, ...]:
    """The panes of a layout, first the top row from the left; none without a scan."""
    if viewer.layout is Layout.COMPARE and study.compared is not None:
        return _compare(viewer, study.compared, blend)
    return () if study.selected is None else _four_up(viewer, study, study.selected, blend)


def _compare(viewer: Viewer, compared: tuple[Entry, Entry], blend: Blend) -> tuple[Cell, ...]:
    """Left and right: axial on top, sagittal below, or one plane alone; what blends takes the place of the right."""
    one = viewer.only if isinstance(viewer.only, Plane) else None
    planes = (Plane.AXIAL, Plane.SAGITTAL) if one is None else (one,)
    first, second = compared
    right = _blended(first, second, blend)
    return tuple(
        cell
        for row, plane in enumerate(planes)
        for cell in (Cell(row, 0, plane, first, second), Cell(row, 1, plane, *right, aside=right[2] is Blend.SIDE))
    )


def _blended(first: Entry, second: Entry, blend: Blend) -> tuple[Entry, Entry, Blend]:
    """Which scan is below, which comes on top of it, and how."""
    if blend is Blend.SIDE:
        return second, first, blend
    if blend is not Blend.UNCERTAINTY:
        return first, second, blend
    if second.spread is not None:
        return second, second.spread, blend
    return second, first, Blend.SIDE


def _four_up(viewer: Viewer, study: Study, entry: Entry, blend: Blend) -> tuple[Cell, ...]:
    pair = study.shown_pair(entry)
    shown: tuple[Entry, Entry | None, Blend] = (entry, None, Blend.SIDE)
    if pair is not None:
        partner = pair[0] if pair[1] is entry else pair[1]
        shown = (entry, partner, Blend.SIDE) if blend is Blend.SIDE else _blended(*pair, blend)
    if viewer.only is not None:
        only = viewer.only
        return (Cell(0, 0, only, *shown) if isinstance(only, Plane) else Cell(0, 0, only, entry),)
    return (
        Cell(0, 0, Plane.AXIAL, *shown),
        Cell(0, 1, Plane.CORONAL, *shown),
        Cell(1, 0, Plane.SAGITTAL, *shown),
        Cell(1, 1, "volume", entry),
    )
