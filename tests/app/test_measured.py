"""The table of measures: every scan of the frame, synthetic ones marked, strangers left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.state.frame import Frame
from app.state.measured import HEADINGS, as_text, rows
from app.state.measuring import draw
from app.state.study import Entry, Study
from app.state.viewer import Viewer
from engine.modality import Modality
from tests.app.test_grips import LINE, OVAL
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom


def studied():
    study, viewer = Study(), Viewer()
    real = phantom(noise=0.0)
    made = phantom(modality=Modality.T2, noise=0.0, orientation="LPS")
    for scan in (scan_of(real), scan_of(made, synthetic=True)):
        study.add(Entry.of(scan))
    study.selected = study.entries[0]
    frame = Frame.of(study.entries[0].scan)
    draw(viewer, replace(LINE, frame=frame))
    draw(viewer, replace(OVAL, frame=frame))
    return viewer, study


def test_a_region_has_a_row_in_every_scan_and_a_distance_one_alone():
    viewer, study = studied()
    table = rows(viewer, study)
    assert [row.measure for row in table] == [LINE, OVAL, OVAL]
    assert [row.synthetic for row in table] == [False, False, True]
    assert table[0].cells == ("1 distance, axial", "", "", "", "", "20.0 mm")
    assert "SYNTHETIC" not in table[1].cells[1] and table[2].cells[1].startswith("SYNTHETIC T1")
    assert table[2].cells[2].endswith("a.u.") and not table[1].cells[2].endswith("a.u.")
    assert table[1].cells[4] == table[2].cells[4] != "0"
    assert table[1].cells[5] == f"{np.pi * 40:.1f} mm²"


def test_a_scan_elsewhere_is_not_measured():
    viewer, study = studied()
    study.add(Entry.of(scan_of(phantom(shift=(4000.0, 0.0, 0.0)))))
    assert len(rows(viewer, study)) == 3
    study.selected = study.entries[2]
    assert len(rows(viewer, study)) == 3


def test_a_stranger_on_the_same_grid_is_not_measured():
    """Data sets and templates put everybody onto one grid."""
    viewer, study = Viewer(), Study()
    for name in ("Brats18_ABM_1_t1", "Brats18_AME_1_t1", "Brats18_ABM_1_t2"):
        study.add(Entry.of(replace(scan_of(phantom()), path=Path(f"{name}.nii.gz"))))
    draw(viewer, replace(OVAL, frame=Frame.of(study.entries[0].scan)))
    assert len(rows(viewer, study)) == 2


def test_outside_is_said():
    viewer, study = studied()
    viewer.measures = (type(OVAL)(OVAL.plane, type(OVAL.ellipse)((900.0, 0, 0), (5.0, 0, 0), (0, 5.0, 0))),)
    assert rows(viewer, study)[0].cells[2:5] == ("outside", "", "0")


def test_the_text_has_a_line_for_each_row_and_a_tab_for_each_column():
    viewer, study = studied()
    lines = as_text(rows(viewer, study)).splitlines()
    assert lines[0] == "\t".join(HEADINGS) and len(lines) == 4
    assert {line.count("\t") for line in lines} == {len(HEADINGS) - 1}
    assert sum("SYNTHETIC" in line for line in lines) == 1


@pytest.mark.parametrize("empty", [True, False])
def test_without_measures_or_scans_there_are_no_rows(empty):
    viewer, study = studied()
    if empty:
        study = Study()
        viewer.measures = ()
    else:
        viewer.measures = ()
    assert rows(viewer, study) == ()
