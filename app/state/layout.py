"""Which pane stands where: one pure answer from layout, selection and comparison."""

from __future__ import annotations

from dataclasses import dataclass

from app.state.study import Entry, Study
from app.state.viewer import Layout, Plane, Viewer


@dataclass(frozen=True)
class Cell:
    """One pane: its place, its plane (None: 3-D) and its scan."""

    row: int
    column: int
    plane: Plane | None
    entry: Entry


def arrange(viewer: Viewer, study: Study) -> tuple[Cell, ...]:
    """The panes of a layout, first the top row from the left; none without a scan."""
    if viewer.layout is Layout.COMPARE and study.compared is not None:
        return _compare(viewer, study.compared)
    return () if study.selected is None else _four_up(viewer, study.selected)


def _compare(viewer: Viewer, compared: tuple[Entry, Entry]) -> tuple[Cell, ...]:
    """Left and right: axial on top, sagittal below, or one plane alone."""
    one = viewer.only if isinstance(viewer.only, Plane) else None
    planes = (Plane.AXIAL, Plane.SAGITTAL) if one is None else (one,)
    return tuple(Cell(row, column, p, entry) for row, p in enumerate(planes) for column, entry in enumerate(compared))


def _four_up(viewer: Viewer, entry: Entry) -> tuple[Cell, ...]:
    if viewer.only is not None:
        return (Cell(0, 0, viewer.only if isinstance(viewer.only, Plane) else None, entry),)
    return (
        Cell(0, 0, Plane.AXIAL, entry),
        Cell(0, 1, Plane.CORONAL, entry),
        Cell(1, 0, Plane.SAGITTAL, entry),
        Cell(1, 1, None, entry),
    )
