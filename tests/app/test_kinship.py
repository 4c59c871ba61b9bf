"""Who belongs to whom: no link and no number between strangers."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.state.kinship import Kinship, kinship, same_subject, subject_of, truth, unmeasured
from app.state.study import Entry, Study
from engine.files import Origin, Place, Scan
from engine.modality import Modality, recognise
from engine.synthesis import Synthesis
from engine.volume import Volume
from tests.phantoms import phantom


def scan(path: str, volume: Volume | None = None, synthetic: bool = False) -> Scan:
    modality = recognise([Path(path).name.removesuffix(".nii.gz")])
    return Scan(volume or phantom(), Path(path), "NIfTI-1", modality, synthetic, (), None)


def made_from(source: Entry, target: Modality = Modality.T2) -> Entry:
    volume = source.scan.volume
    return Entry.made(Synthesis(source.scan.modality or Modality.T1, target, volume, None, {}, {}), source)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("a/Brats18_TCIA13_623_1_t1ce.nii.gz", "brats18_tcia13_623_1"),
        ("a/sub-01_ses-2_T1w.nii.gz", "sub_01_ses_2"),
        ("a/case_t1_desc-synth_T2w.nii.gz", "case"),
        ("a/T2.nii.gz", ""),
    ],
)
def test_the_subject_is_the_name_without_its_contrast(name, subject):
    assert subject_of(scan(name)) == subject


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a/Brats18_X_1_t1.nii.gz", "a/Brats18_X_1_t2.nii.gz", True),
        ("a/Brats18_X_1_t1.nii.gz", "b/Brats18_X_1_t2.nii.gz", True),
        ("a/Brats18_X_1_t1.nii.gz", "a/Brats18_Y_1_t2.nii.gz", False),
        ("a/T1.nii.gz", "a/T2.nii.gz", True),
        ("a/T1.nii.gz", "b/T2.nii.gz", False),
        ("a/case_t1.nii.gz", "b/case_t2.nii.gz", False),
        ("a/sub-01_ses-1_T1w.nii.gz", "a/sub-01_ses-2_T2w.nii.gz", False),
    ],
)
def test_one_subject_by_name_and_folder(one, other, same):
    assert same_subject(scan(one), scan(other)) is same


def test_contrasts_of_one_person_are_linked_without_a_word():
    kin = kinship(Entry.of(scan("a/case_t1.nii.gz")), Entry.of(scan("a/case_t2.nii.gz", phantom(rotation=12.0))))
    assert kin.placed and not kin.caution


def test_a_synthetic_scan_and_its_source_belong_together():
    source = Entry.of(scan("a/T1.nii.gz"))
    result = made_from(source)
    assert kinship(source, result).caution == ""
    assert kinship(result, made_from(source, Modality.FLAIR)).caution == ""


def test_a_synthetic_scan_of_somebody_else_is_never_compared_silently():
    result = made_from(Entry.of(scan("a/Brats18_X_1_t1.nii.gz")))
    stranger = Entry.of(scan("b/Brats18_Y_1_t2.nii.gz"))
    for pair in ((result, stranger), (stranger, result)):
        assert kinship(*pair).caution.startswith("Not the same scan")
        assert "Brats18_X_1_t1" in kinship(*pair).caution


def test_boxes_that_hardly_meet_are_not_one_frame():
    near, far = Entry.of(scan("a/case_t1.nii.gz")), Entry.of(scan("a/case_t2.nii.gz", phantom(shift=(40, 0, 0))))
    kin = kinship(near, far)
    assert not kin.placed and "frame" in kin.caution


def test_where_a_file_does_not_say_how_it_lies_only_its_own_grid_is_its_frame():
    lost = replace(phantom(), oriented=False)
    one, twin = Entry.of(scan("a/case_t1.nii.gz", lost)), Entry.of(scan("a/case_t2.nii.gz", lost))
    assert kinship(one, twin).placed
    assert not kinship(one, Entry.of(scan("a/case_t2.nii.gz", phantom((50, 50, 50))))).placed
    assert not kinship(one, Entry.of(scan("a/case_t2.nii.gz"))).placed


def test_truth_is_real_of_the_target_contrast_on_the_same_grid_and_of_the_same_person():
    source = Entry.of(scan("a/Brats18_X_1_t1.nii.gz"))
    result = made_from(source)
    real = Entry.of(scan("a/Brats18_X_1_t2.nii.gz"))
    assert truth(Study((source, result, real)), result) is real
    strangers = (
        Entry.of(scan("b/Brats18_Y_1_t2.nii.gz")),
        Entry.of(scan("a/Brats18_X_1_flair.nii.gz")),
        Entry.of(scan("a/Brats18_X_1_t2.nii.gz", phantom((47, 56, 40)))),
        Entry.of(scan("a/Brats18_X_1_t2.nii.gz", synthetic=True)),
    )
    assert truth(Study((source, result, *strangers)), result) is None
    assert truth(Study((source, real)), source) is None


def test_a_map_of_uncertainty_is_no_truth_and_has_none():
    source, real = Entry.of(scan("a/case_t1.nii.gz")), Entry.of(scan("a/case_t2.nii.gz"))
    opened = Entry.of(scan("a/case_t1_desc-uncertainty_T2w.nii.gz", synthetic=True))
    assert truth(Study((source, real, opened)), opened) is None
    real.is_spread = True
    assert truth(Study((source, real)), made_from(source)) is None


def test_whose_a_result_is_says_what_it_was_made_of():
    source = Entry.of(scan("a/Brats18_X_1_t1.nii.gz"))
    result, real = made_from(source), Entry.of(scan("a/Brats18_X_1_t2.nii.gz"))
    source.scan = scan("a/Brats18_X_1_frame-2_t1.nii.gz")
    assert truth(Study((source, result, real)), result) is real


def test_a_scan_is_kin_of_itself():
    only = Entry.of(scan("a/T1.nii.gz"))
    assert kinship(only, only) == Kinship(placed=True)


def test_one_hash_in_the_end_is_one_scan_whatever_the_names_say():
    source, twin = Entry.of(scan("a/Brats18_X_1_t1.nii.gz")), Entry.of(scan("b/Brats18_Y_1_t2.nii.gz"))
    source.sha256 = twin.sha256 = "ab" * 32
    assert kinship(made_from(source), twin).caution == ""
    twin.sha256 = "cd" * 32
    assert kinship(made_from(source), twin).caution.startswith("Not the same scan")


def test_a_scan_called_after_another_than_it_was_made_from_is_told_whatever_it_is_compared_with():
    made = Entry.of(scan("a/case_t1_desc-synth_T2w.nii.gz", synthetic=True))
    made.misnamed = True
    assert "was made from another file than" in kinship(made, Entry.of(scan("a/case_t1.nii.gz"))).caution


def test_scans_that_name_a_frame_of_reference_are_of_one_subject_where_they_share_it():
    one, other = scan("a/1.nii.gz"), scan("b/2.nii.gz")
    for space, same in (("1.2.3", True), ("9.9.9", False)):
        named = [
            replace(s, origin=Origin(Place(s.path), (s.path,), space=told))
            for s, told in ((one, "1.2.3"), (other, space))
        ]
        assert same_subject(*named) is same


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/t2.nii.gz", "No ground truth: error unknown (T2 real lies on another grid)"),
        ("a/flair.nii.gz", "No ground truth: error unknown"),
        ("b/t2.nii.gz", "No ground truth: error unknown"),
    ],
)
def test_a_target_on_another_grid_is_no_truth_and_says_why(name, words):
    source = Entry.of(scan("a/t1.nii.gz"))
    made, study = made_from(source), Study()
    for entry in (source, made, Entry.of(scan(name, phantom((20, 22, 12), (2, 2, 5))))):
        study.add(entry)
    assert truth(study, made) is None and unmeasured(study, made).words == words
