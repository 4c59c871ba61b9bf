"""What files of scans are called."""

from pathlib import Path

import pytest

from engine.names import DICOM_ENDINGS, ENDINGS, stem


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("case_t1.nii.gz", "case_t1"),
        ("case_t1.nii", "case_t1"),
        ("case.v2.nii.gz", "case.v2"),
        ("CASE.NII.GZ", "CASE"),
        ("a.mgz", "a"),
        ("a.nrrd", "a"),
        ("case", "case"),
        ("case.v2", "case.v2"),
        (".nii.gz", ".nii.gz"),
    ],
)
def test_stem(name: str, short: str):
    assert stem(Path("folder") / name) == short


@pytest.mark.parametrize("ending", (*ENDINGS, *DICOM_ENDINGS))
def test_every_ending_is_no_part_of_the_stem(ending: str):
    assert stem(Path(f"case{ending}")) == "case"
