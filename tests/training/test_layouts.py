"""Folders as they come from the data's makers."""

from pathlib import Path

import pytest

from engine.errors import RespinError
from engine.modality import Modality
from training.layouts import find_subjects, person

T1, T1CE, T2, FLAIR, PD = Modality


def folder_of(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize(
    ("subject", "endings"),
    [
        ("BraTS2021_00000", ("_t1", "_t1ce", "_t2", "_flair", "_seg")),
        ("Brats18_CBICA_ABM_1", ("_t1", "_t1ce", "_t2", "_flair", "_seg")),
        ("BraTS-GLI-00005-100", ("-t1n", "-t1c", "-t2w", "-t2f", "-seg")),
        ("OMS-07", ("_t1", "_t1ce", "_t2", "_flair", "_lesions")),
    ],
)
def test_brats_of_every_year(tmp_path: Path, subject: str, endings: tuple[str, ...]):
    folder_of(tmp_path, *(f"{subject}/{subject}{ending}.nii.gz" for ending in endings), "notes/readme.txt")
    found = find_subjects(tmp_path)
    assert list(found) == [subject]
    expected = {m: tmp_path / subject / f"{subject}{e}.nii.gz" for m, e in zip((T1, T1CE, T2, FLAIR), endings[:4])}  # noqa: B905
    assert found[subject] == expected


def test_ixi_in_folders_by_contrast_and_in_one(tmp_path: Path):
    files = ("IXI002-Guys-0828-T1", "IXI002-Guys-0828-T2", "IXI002-Guys-0828-PD", "IXI012-HH-1211-T1")
    by_contrast = folder_of(tmp_path / "a", *(f"IXI-{name[-2:]}/{name}.nii.gz" for name in files))
    in_one = folder_of(tmp_path / "b", *(f"{name}.nii.gz" for name in files), "IXI002-Guys-0828-MRA.nii.gz")
    for root in (by_contrast, in_one):
        found = find_subjects(root)
        assert list(found) == ["IXI002"]  # the other one has a single contrast
        assert set(found["IXI002"]) == {T1, T2, PD}


def test_bids_with_and_without_sessions(tmp_path: Path):
    folder_of(
        tmp_path,
        "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-01/anat/sub-01_T2w.nii.gz",
        "sub-02/ses-a/anat/sub-02_ses-a_T1w.nii",
        "sub-02/ses-a/anat/sub-02_ses-a_acq-long_T1w.nii",
        "sub-02/ses-a/anat/sub-02_ses-a_FLAIR.nii",
        "sub-02/ses-b/anat/sub-02_ses-b_T1w.nii",
        "sub-02/ses-b/anat/sub-02_ses-b_PDw.nii",
        "sub-02/ses-b/anat/sub-02_ses-b_desc-brain_mask.nii",
        "derivatives/x/x_T1w.nii",
    )
    found = find_subjects(tmp_path)
    assert {name: set(contrasts) for name, contrasts in found.items()} == {
        "sub-01": {T1, T2},
        "sub-02_ses-a": {T1, FLAIR},
        "sub-02_ses-b": {T1, PD},
    }
    assert found["sub-02_ses-a"][T1].name == "sub-02_ses-a_T1w.nii"


def test_visits_belong_to_a_person():
    assert person("BraTS-GLI-00005-100") == person("BraTS-GLI-00005-101") == "BraTS-GLI-00005"
    assert person("sub-02_ses-a") == person("sub-02_ses-b") == "sub-02"
    assert person("BraTS2021_00000") == "BraTS2021_00000"
    assert person("OMS-07") == "OMS-07"


def test_what_holds_no_subject_is_refused(tmp_path: Path):
    with pytest.raises(RespinError, match="holds no subject"):
        find_subjects(folder_of(tmp_path, "lonely/lonely_t1.nii.gz"))
    with pytest.raises(RespinError, match="is no folder"):
        find_subjects(tmp_path / "absent")
