"""What a scan's name says of the person, and when two names are certain to be of two people."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.state.frame import Frame, strangers
from app.state.subject import known_strangers
from engine.files import Scan
from tests.phantoms import phantom


@pytest.mark.parametrize(
    ("one", "other", "certain"),
    [
        ("brats18_cbica_abm_1", "brats18_cbica_ame_1", True),
        ("brats18_cbica_abm_1", "brats18_cbica_abm_1", False),
        ("sub_01", "sub_02", True),
        ("sub_01_run_1", "sub_01_run_2", False),
        ("head", "other", False),
        ("brats18_cbica_abm_1", "", False),
    ],
)
def test_two_people_are_certain_only_where_names_say_so(one, other, certain):
    assert known_strangers(one, other) is certain
    assert known_strangers(other, one) is certain


def frame(name: str, space: str = "") -> Frame:
    """Of a scan of this name, all on one grid."""
    made = Frame.of(Scan(phantom(), Path(f"{name}.nii.gz"), "NIfTI-1", None, False, (), None))
    return Frame(space, made.grid, made.subject)


def test_one_grid_does_not_make_one_person():
    first, second = frame("Brats18_CBICA_ABM_1_t1"), frame("Brats18_CBICA_AME_1_t1")
    assert strangers(first, second)
    assert not strangers(first, frame("Brats18_CBICA_ABM_1_desc-synth_T2w"))


def test_a_frame_of_reference_says_more_than_names():
    assert not strangers(frame("sub-01_T1w", "1.2.3"), frame("sub-02_T1w", "1.2.3"))
