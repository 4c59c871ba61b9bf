"""Names of an export, before and after."""

from __future__ import annotations

from app.state.outgoing import Outgoing, exported


def test_what_would_be_replaced_says_so():
    assert Outgoing("a.nii.gz").words == "a.nii.gz"
    assert Outgoing("a.nii.gz", True).words == "a.nii.gz · replaced"


def test_one_result_is_told_file_by_file():
    said = exported(["a.nii.gz", "a.json", "a_spread.nii.gz"], 1, "NIfTI", "/out")
    assert said.splitlines() == ["Exported one result as NIfTI to /out:", "a.nii.gz", "a.json", "a_spread.nii.gz"]


def test_many_are_counted():
    said = exported([f"{number}.json" for number in range(6)], 3, "NIfTI", "/out")
    assert said.splitlines() == ["Exported 3 results as NIfTI to /out:", "0.json", "1.json", "and 4 more"]
