"""Which contrast the times of an acquisition make."""

from typing import Any

import pytest

from engine.acquisition import Acquisition, modality_of
from engine.modality import Modality

T1, T1CE, T2, FLAIR, PD = Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR, Modality.PD


@pytest.mark.parametrize(
    ("tr", "te", "ti", "sequence", "expected"),
    [
        (500, 12, None, ["SE"], T1),
        (2300, 2.9, 900, ["GR", "IR"], T1),  # MPRAGE
        (8, 3, None, ["GR"], T1),
        (2000, 10, 800, ["SE", "IR"], T1),  # T1 FLAIR
        (4000, 100, None, ["SE"], T2),
        (4000, 100, 0, ["SE"], T2),
        (9000, 120, 2500, ["SE", "IR"], FLAIR),
        (5000, 390, 1800, ["SE", "IR"], FLAIR),  # in three dimensions
        (3000, 20, None, ["SE"], PD),
        (600, 20, None, ["GR"], None),  # T2*
        (5000, 90, None, ["EP", "SE"], None),  # diffusion
        (4000, 60, 150, ["SE", "IR"], None),  # STIR
        (None, 90, None, ["SE"], None),
        (4000, None, None, ["SE"], None),
    ],
)
def test_times_make_a_contrast(tr: Any, te: Any, ti: Any, sequence: list[str], expected: Modality | None):
    tags = {"RepetitionTime": tr, "EchoTime": te, "InversionTime": ti, "ScanningSequence": sequence}
    assert Acquisition.of(tags).modality is expected


def test_a_sidecar_counts_in_seconds():
    tags = {"RepetitionTime": 9, "EchoTime": 0.12, "InversionTime": 2.5, "ScanningSequence": "SE_IR"}
    assert Acquisition.of(tags, 1000).modality is FLAIR


@pytest.mark.parametrize(("agent", "given"), [("Gadovist", True), ("", False), ("NONE", False), (None, False)])
def test_an_agent_is_given_or_not(agent: str | None, given: bool):
    assert Acquisition.of({"ContrastBolusAgent": agent}).agent is given


@pytest.mark.parametrize(
    ("names", "agent", "expected"),
    [
        (["Ax T1"], True, T1CE),
        (["Ax T1"], False, T1),
        (["Ax T1 pre"], True, T1),
        (["Ax T2"], True, T2),
        (["Ax FLAIR"], False, FLAIR),
        (["Ax T1 FLAIR"], True, T1CE),
        (["Ax T1 FLAIR"], False, T1),
        (["sub-01_ses-pre_T1w"], True, T1CE),
        (["series4"], True, T1CE),  # from the times
        (["series4"], False, T1),
    ],
)
def test_names_come_first_and_the_agent_last(names: list[str], agent: bool, expected: Modality):
    assert modality_of(names, Acquisition(500, 10, None, frozenset({"SE"}), agent)) is expected


@pytest.mark.parametrize("names", [["P1_T1_FLAIR"], ["T1FLAIR"], ["t1_flair", "Ax T1 FLAIR"]])
def test_where_a_name_holds_t1_and_flair_the_times_tell(names: list[str]):
    flair = Acquisition(9000, 120, 2500, frozenset({"SE", "IR"}))
    t1 = Acquisition(2000, 10, 800, frozenset({"SE", "IR"}))
    assert (flair.modality, t1.modality) == (FLAIR, T1)
    assert modality_of(names, flair) is FLAIR
    assert modality_of(names, t1) is T1


@pytest.mark.parametrize("value", ["often", float("nan"), int("9" * 400), [], {}])
def test_values_that_are_no_numbers_say_nothing(value: Any):
    assert Acquisition.of({"RepetitionTime": value, "EchoTime": value}) == Acquisition()


@pytest.mark.parametrize("value", [5, 0, 1.5, True, None, [], ""])
def test_a_sequence_that_is_no_word_says_nothing(value: Any):
    assert not Acquisition.of({"ScanningSequence": value}).sequence - {""}
