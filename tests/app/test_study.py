"""The list of open scans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.state.layout import arrange
from app.state.readout import convention, place, side_mm
from app.state.study import Entry, Study, badge
from app.state.viewer import Layout, Plane, Viewer
from engine.modality import Modality
from engine.synthesis import Synthesis
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom


def synthesis(target: Modality = Modality.T2) -> Synthesis:
    volume = phantom(modality=target)
    return Synthesis(Modality.T1, target, volume, None, {"total": 1.0}, {})


def study_of(*targets: Modality) -> tuple[Study, Entry, list[Entry]]:
    study, source = Study(), Entry.of(scan_of(phantom()))
    study.add(source)
    study.selected = source
    made = [Entry.made(synthesis(target), source) for target in targets]
    for entry in made:
        study.add(entry)
    return study, source, made


def test_results_stand_below_their_source_in_order():
    study, source, _ = study_of()
    other = Entry.of(scan_of(phantom()))
    study.add(other)
    first, second = Entry.made(synthesis(), source), Entry.made(synthesis(Modality.FLAIR), source)
    study.add(first)
    study.add(second)
    assert study.entries == (source, first, second, other)


def test_a_result_is_synthetic_named_as_its_export_and_shaped_as_its_source():
    _, source, (made,) = study_of(Modality.T2)
    assert made.scan.synthetic and made.origin == "SYNTH"
    assert made.scan.path.name == "head_t1_desc-synth_T2w.nii.gz"
    assert (made.scan.volume.affine == source.scan.volume.affine).all()


def test_only_synthetic_scans_have_a_badge():
    _, source, (made,) = study_of(Modality.T2)
    assert badge(made.scan) == "SYNTHETIC T2 - AI - not for diagnosis"
    assert badge(source.scan) is None


def test_the_badge_follows_the_contrast_that_the_reader_gives():
    study, _, (made,) = study_of(Modality.T2)
    study.name_modality(made, Modality.FLAIR)
    assert badge(made.scan) == "SYNTHETIC FLAIR - AI - not for diagnosis"
    study.name_modality(made, None)
    assert badge(made.scan) == "SYNTHETIC - AI - not for diagnosis"


def test_a_result_is_compared_with_its_source():
    study, source, (made,) = study_of(Modality.T2)
    assert study.pair(made) == (source, made)
    assert study.pair(source) == (source, made)
    assert Study().pair(source) is None


def test_a_reopened_export_finds_its_source_by_name():
    study, source, _ = study_of()
    made = scan_of(phantom(), synthetic=True)
    assert study.find_source(replace(made, path=Path("elsewhere/head_t1_desc-synth_T2w.nii.gz"))) is source
    assert study.find_source(replace(made, path=Path("other_desc-synth_T2w.nii.gz"))) is None
    assert study.find_source(scan_of(phantom())) is None


def test_export_means_the_result_that_is_looked_at():
    study, source, (made, other) = study_of(Modality.T2, Modality.FLAIR)
    assert study.result is None
    study.compared = (source, made)
    assert study.result is made
    study.selected = other
    assert study.result is other


def test_removing_what_is_compared_ends_the_comparison():
    study, source, (made,) = study_of(Modality.T2)
    study.compared = (source, made)
    study.selected = made
    study.remove(made)
    assert study.compared is None and study.selected is source and study.entries == (source,)


def test_layouts():
    study, source, (made,) = study_of(Modality.T2)
    viewer = Viewer()
    planes = [cell.view for cell in arrange(viewer, study)]
    assert planes == [Plane.AXIAL, Plane.CORONAL, Plane.SAGITTAL, "volume"]
    viewer.only = Plane.CORONAL
    assert [cell.view for cell in arrange(viewer, study)] == [Plane.CORONAL]
    viewer.only, viewer.layout, study.compared = None, Layout.COMPARE, (source, made)
    shown = [(cell.row, cell.column, cell.view, cell.entry) for cell in arrange(viewer, study)]
    assert shown == [
        (0, 0, Plane.AXIAL, source),
        (0, 1, Plane.AXIAL, made),
        (1, 0, Plane.SAGITTAL, source),
        (1, 1, Plane.SAGITTAL, made),
    ]
    assert arrange(viewer, Study()) == ()


def test_the_line_of_words():
    study, _, _ = study_of(Modality.T2)
    viewer = Viewer()
    assert study.selected is not None
    viewer.crosshair = tuple(study.selected.scan.volume.ras((10, 20, 30)))
    said = place(viewer, study)
    assert said.startswith("voxel 10 20 30 · RAS −13.5 −7.5 10.5 mm · T1 ")
    assert " · T2 SYNTH " in said
    assert convention(viewer, study) == "Radiological: patient's RIGHT is on the LEFT"
    viewer.radiological = False
    assert convention(viewer, study) == "Neurological: patient's LEFT is on the LEFT"


def test_results_of_one_contrast_and_a_file_are_told_apart():
    study, source, _ = study_of()
    study.add(Entry.made(replace(synthesis(), record={"mode": "prior"}), source))
    study.add(Entry.made(replace(synthesis(), record={"mode": "full"}), source))
    study.add(Entry.of(replace(source.scan, synthetic=True, modality=Modality.T2), source))
    names = [entry.name for entry in study.entries[1:]]
    assert names == ["from T1, preview", "from T1, full", "from T1, reopened"]
    assert all(f"T2 SYNTH {name} " in place(Viewer(), study) for name in names)


def test_a_scan_of_unknown_contrast_is_named_by_its_file():
    study, source, _ = study_of()
    source.call(None)
    assert source.kind == "Unknown real" and " mm · head_t1 " in place(Viewer(), study)


def test_without_an_orientation_no_axis_has_a_letter():
    study, source, _ = study_of()
    source.scan = replace(source.scan, volume=replace(source.scan.volume, oriented=False))
    assert " · x y z 0.0 0.0 0.0 mm · " in place(Viewer(), study)


@pytest.mark.parametrize(
    ("axis", "mm", "words"), [(0, 2, "R 2.0"), (0, -2, "L 2.0"), (1, -0.5, "P 0.5"), (2, -9, "I 9.0")]
)
def test_a_place_is_said_by_the_side_of_the_patient(axis, mm, words):
    assert side_mm(axis, np.float64(mm)) == words


def test_who_follows_the_list_hears_of_another_scan_in_a_row():
    study, source, _ = study_of(Modality.T2)
    told = []
    study.events.entries.connect(lambda *_: told.append(study.entries))
    source.scan = replace(source.scan, path=source.scan.path.with_name("head_t1@2.nii.gz"))
    assert told == [study.entries]
    study.remove(source)
    told.clear()
    study.history.undo()
    source.call(Modality.PD)
    assert len(told) == 2


def test_without_a_scan_there_is_no_line_and_off_the_scan_no_value():
    study, source, _ = study_of()
    viewer = Viewer()
    assert place(viewer, Study()) == ""
    viewer.crosshair = (900.0, 0.0, 0.0)
    assert place(viewer, study).endswith("T1 –")
    source.scan = replace(source.scan, volume=replace(source.scan.volume, oriented=False))
    assert convention(viewer, study) == "Orientation unknown: left and right are not marked"


def test_the_hash_puts_a_reopened_result_below_what_it_was_made_from():
    study, source, _ = study_of()
    twin = Entry.of(replace(source.scan, path=Path("elsewhere/head_t1.nii.gz")))
    made = Entry.of(replace(source.scan, synthetic=True, path=Path("head_t1_desc-synth_T2w.nii.gz"), made_from="ab"))
    for entry in (twin, made):
        study.add(entry)
    study.trace(source, "cd")
    study.trace(twin, "ab")
    assert made.source is twin and not made.misnamed
    assert study.entries == (source, twin, made)
    study.trace(twin, "ab")
    assert made.source is twin
    study.remove(twin)
    twin.sha256 = ""
    study.trace(source, "cd")
    assert made.source is None and made.misnamed


def spread_of(source: Entry) -> Entry:
    """The map of uncertainty of a T2 made from it."""
    made = Entry.made(replace(synthesis(), uncertainty=phantom(seed=3)), source)
    assert made.spread is not None
    return made.spread


def opened_map(source: Entry) -> Entry:
    """The same map, opened from its file."""
    name = Path("head_t1_desc-uncertainty_T2w.nii.gz")
    return Entry.of(replace(source.scan, synthetic=True, modality=Modality.T2, path=name))


def test_a_map_of_uncertainty_is_called_so_and_not_a_synthetic_image():
    _, source, _ = study_of()
    spread, opened = spread_of(source), opened_map(source)
    assert spread.title == "T2 uncertainty · from T1"
    assert opened.title == "T2 uncertainty · head_t1_desc-uncertainty_T2w"
    assert [entry.origin for entry in (spread, opened)] == ["UNCERTAINTY"] * 2
    assert badge(opened.scan) == "SYNTHETIC T2 - AI - not for diagnosis"


def test_a_map_is_neither_measured_nor_a_source_nor_a_result_to_compare():
    study, source, (made,) = study_of(Modality.T2)
    opened = opened_map(source)
    opened.source = source
    study.add(opened)
    study.selected = opened
    assert study.measured is None and study.pair(source) == (source, made)
    study.compared = (made, opened)
    assert study.measured is made
    further = replace(opened.scan, path=Path("head_t1_desc-uncertainty_T2w_desc-synth_FLAIR.nii.gz"))
    assert study.find_source(further) is None


def test_a_result_keeps_what_it_was_made_of():
    _, source, (made,) = study_of(Modality.T2)
    before = source.scan
    source.call(Modality.PD)
    assert made.made_of is before and made.title == "T2 synthetic · from T1"
    late = Entry.made(synthesis(), source, before)
    assert late.made_of is before and late.name == "from T1"


def test_results_go_along_when_their_source_turns_out_to_lie_elsewhere():
    study, source, _ = study_of()
    made = Entry.made(replace(synthesis(), uncertainty=phantom(seed=3)), source)
    study.add(made)
    grandchild = Entry.made(synthesis(Modality.FLAIR), made)
    study.add(grandchild)
    study.remove(made)
    before, volume = source.scan, source.scan.volume
    affine = volume.affine.copy()
    affine[:3, 3] += 8
    source.scan = replace(source.scan, volume=replace(volume, affine=affine))
    study.history.undo()
    study.add(late := Entry.made(synthesis(), source, before))
    assert made.spread is not None
    for entry in (made, made.spread, grandchild, late):
        np.testing.assert_array_equal(entry.scan.volume.affine, affine)


def test_a_removal_that_memory_has_no_room_for_cannot_be_undone(monkeypatch):
    study, source, _ = study_of()
    monkeypatch.setattr("app.state.study.spare", lambda size: False)
    study.remove(source)
    assert study.entries == () and not study.history.undo()


def test_putting_a_scan_back_brings_its_comparison_back():
    study, source, (made,) = study_of(Modality.T2)
    study.compared = (source, made)
    study.remove(made)
    assert study.compared is None
    study.history.undo()
    assert study.compared == (source, made) and study.entries == (source, made)
