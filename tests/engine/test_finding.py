"""What a path leads to."""

import os
from pathlib import Path

import pytest

from engine import finding
from engine.errors import RespinError, UnreadableScan, UnsupportedScan
from engine.files import read
from engine.finding import Place, find, only, split
from engine.modality import Modality
from engine.progress import finish
from tests.dicom_phantoms import lay_out, pack, series
from tests.phantoms import phantom, write_phantom

MADE = phantom((12, 14, 10), (1, 1.5, 3), "LPS")


def found(path: Path) -> list[str]:
    return [place.path.name for place in finish(find(path))]


def subject(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_a_brats_case_is_its_contrasts_in_their_order(tmp_path: Path):
    names = [f"Brats18_X_{end}.nii.gz" for end in ("flair", "seg", "t1", "t1ce", "t2")]
    case = subject(tmp_path / "Brats18_X", *names, "readme.txt", ".DS_Store")
    assert found(case) == [f"Brats18_X_{end}.nii.gz" for end in ("t1", "t1ce", "t2", "flair")]


def test_a_bids_subject_is_looked_through(tmp_path: Path):
    case = subject(
        tmp_path / "sub-01",
        "ses-1/anat/sub-01_ses-1_T1w.nii.gz",
        "ses-1/anat/sub-01_ses-1_T1w.json",
        "ses-1/anat/sub-01_ses-1_FLAIR.nii.gz",
        "ses-1/func/sub-01_ses-1_task-rest_bold.nii.gz",
        "ses-1/dwi/sub-01_ses-1_dwi.nii.gz",
    )
    assert found(case) == ["sub-01_ses-1_T1w.nii.gz", "sub-01_ses-1_FLAIR.nii.gz"]


def test_without_a_known_contrast_every_scan_counts(tmp_path: Path):
    case = subject(tmp_path / "case", "a.nii", "b.mha", "c.hdr", "c.img", "notes.pdf", "d.zip")
    assert found(case) == ["a.nii", "b.mha", "c.hdr"]


def test_a_folder_with_nothing_in_it_is_refused(tmp_path: Path):
    (tmp_path / "none").mkdir()
    with pytest.raises(UnreadableScan, match=r"The folder none is empty; give one with NIfTI files or a DICOM"):
        finish(find(tmp_path / "none"))
    with pytest.raises(UnreadableScan, match=r"The folder case holds no scan in its 2 files"):
        finish(find(subject(tmp_path / "case", "a.txt", "b/c.pdf")))


def test_a_collection_of_subjects_is_refused(tmp_path: Path):
    names = [f"s{n:02}/s{n:02}_t1.nii.gz" for n in range(25)]
    with pytest.raises(UnsupportedScan, match=r"The folder all holds 25 scans; give the folder of one subject"):
        finish(find(subject(tmp_path / "all", *names)))


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finding, "_MOST_FILES", 3)
    with pytest.raises(UnsupportedScan, match=r"holds more than 3 files"):
        finish(find(subject(tmp_path / "all", *"abcd")))


def test_folders_too_deep_and_hidden_are_passed_over(tmp_path: Path):
    case = subject(tmp_path / "case", "1/2/3/4/5/6/t1.nii", "1/2/3/4/5/6/7/t2.nii", ".git/pd.nii")
    assert found(case) == ["t1.nii"]


def test_a_locked_folder_is_refused_and_one_inside_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    case = subject(tmp_path / "case", "t1.nii", "locked/t2.nii")
    look = Path.iterdir

    def forbid(folder: Path):  # root may look anywhere, so the system cannot say it
        if folder.name in locked:
            raise PermissionError(13, "Permission denied")
        return look(folder)

    locked = {"locked"}
    monkeypatch.setattr(Path, "iterdir", forbid)
    assert found(case) == ["t1.nii"]
    locked.add("case")
    with pytest.raises(UnreadableScan, match=r"The folder case cannot be read: Permission denied"):
        finish(find(case))


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of folders in which nothing may be looked at. Root may look anywhere, so the system cannot say it."""
    look, names = os.stat, set[str]()

    def forbid(path: str | Path, **how: bool) -> os.stat_result:
        if not isinstance(path, int) and os.path.basename(os.path.dirname(path)) in names:
            raise PermissionError(13, "Permission denied")
        return look(path, **how)

    monkeypatch.setattr(os, "stat", forbid)
    return names


@pytest.mark.parametrize("name", ["t1.nii", "t1.nii@3", "inside"])
def test_what_may_not_be_looked_at_is_refused(tmp_path: Path, shut: set[str], name: str):
    case = subject(tmp_path / "case", "t1.nii", "inside/t1.nii")
    shut.add("case")
    with pytest.raises(UnreadableScan, match=rf"^{name} cannot be read: Permission denied\.$"):
        read(case / name)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + "@3"])
def test_a_name_too_long_for_the_system_is_refused(tmp_path: Path, name: str):
    with pytest.raises(UnreadableScan, match=rf"^{name} cannot be read: File name too long\.$"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["gone.nii", "t1.nii/in.nii", "t1\0.nii"])
def test_what_is_not_there_is_said_to_be_so(tmp_path: Path, name: str):
    subject(tmp_path, "t1.nii")
    with pytest.raises(UnreadableScan, match="is not there: no such file in"):
        read(tmp_path / name)


def test_a_folder_that_may_only_be_listed_is_refused_and_one_inside_is_passed_over(tmp_path: Path, shut: set[str]):
    case = subject(tmp_path / "case", "t1.nii", "listed/t2.nii", "other/pd.nii")
    shut.add("listed")
    assert found(case) == ["t1.nii", "pd.nii"]
    shut.add("case")
    with pytest.raises(UnreadableScan, match=r"The folder case cannot be read: Permission denied\.$"):
        finish(find(case))


def test_a_link_to_where_nobody_may_look_is_passed_over(tmp_path: Path):
    case = subject(tmp_path / "case", "t1.nii")
    (case / "t2.nii").symlink_to(tmp_path / ("x" * 300))
    assert found(case) == ["t1.nii"]


def test_a_slice_whose_neighbours_may_not_be_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def forbid(folder: Path):
        raise PermissionError(13, "Permission denied")

    case = lay_out(tmp_path / "case", series(MADE))
    one = next(case.iterdir())
    monkeypatch.setattr(Path, "iterdir", forbid)
    with pytest.raises(UnreadableScan, match=r"The folder case cannot be read: Permission denied\.$"):
        read(one)


def test_a_link_in_a_circle_ends(tmp_path: Path):
    case = subject(tmp_path / "case", "t1.nii")
    (case / "again").symlink_to(case, target_is_directory=True)
    assert found(case) == ["t1.nii"]


def test_several_scans_are_listed_where_one_is_asked_for(tmp_path: Path):
    case = subject(tmp_path / "case", "a_t1.nii", "a_t2.nii")
    with pytest.raises(UnsupportedScan, match=r"The folder case holds 2 scans; give one: a_t1\.nii, a_t2\.nii\."):
        read(case)
    for number in range(20):
        subject(case, f"{number}_t1.nii")
    with pytest.raises(UnsupportedScan, match="and 10 more"):
        only(case, finish(find(case)))


def test_a_folder_with_one_scan_is_that_scan(tmp_path: Path):
    write_phantom(tmp_path / "case_t2.nii.gz", MADE)
    scan = read(tmp_path)
    assert (scan.name, scan.modality) == ("case_t2", Modality.T2)


def test_series_are_listed_and_one_is_taken_by_its_number(tmp_path: Path):
    files = series(MADE, SeriesNumber=2, SeriesDescription="Ax T1")
    files += series(MADE, SeriesNumber=5, SeriesDescription="Ax T2")
    for path in (lay_out(tmp_path / "disc", files), pack(tmp_path / "disc.zip", files)):
        with pytest.raises(UnsupportedScan, match=r"holds 2 DICOM series; .*@2: 2 Ax T1 \(10 slices\), 5 Ax T2"):
            read(path)
        scan = read(path.with_name(f"{path.name}@5"))
        assert (scan.modality, scan.name, scan.path) == (Modality.T2, "disc_5_Ax_T2", path)
        with pytest.raises(UnsupportedScan, match=r"has no series 4; it holds 2 Ax T1"):
            read(path.with_name(f"{path.name}@4"))


def test_a_dicomdir_leads_to_its_disc(tmp_path: Path):
    lay_out(tmp_path / "disc" / "DICOM", series(MADE))
    (tmp_path / "disc" / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    assert read(tmp_path / "disc" / "DICOMDIR").volume.shape == MADE.shape


def test_a_zip_without_dicom_and_a_dicom_without_a_picture_are_refused(tmp_path: Path):
    with pytest.raises(UnsupportedScan, match=r"none\.zip holds no DICOM series"):
        read(pack(tmp_path / "none.zip", []))
    (tmp_path / "a.dcm").write_bytes(bytes(128) + b"DICM" + bytes(64))
    with pytest.raises(UnsupportedScan, match=r"a\.dcm is a DICOM file without a picture; give a series"):
        read(tmp_path / "a.dcm")


@pytest.mark.parametrize(
    ("asked", "name", "parts"),
    [("a.nii@3", "a.nii", [3]), ("disc@2@0", "disc", [2, 0]), ("a.nii", "a.nii", []), ("a@b", "a@b", [])],
)
def test_a_part_is_asked_for_behind_the_name(tmp_path: Path, asked: str, name: str, parts: list[int]):
    assert split(tmp_path / asked) == (tmp_path / name, parts)


def test_a_file_that_is_called_so_is_meant_itself(tmp_path: Path):
    (tmp_path / "a@3").touch()
    assert split(tmp_path / "a@3") == (tmp_path / "a@3", [])


def test_too_many_parts_are_refused(tmp_path: Path):
    write_phantom(tmp_path / "a.nii", MADE)
    with pytest.raises(RespinError, match=r"a\.nii has one scan and its frames"):
        read(tmp_path / "a.nii@1@2")


def test_a_real_case_opens_as_its_four_contrasts(data: Path):
    places = finish(find(data / "cases" / "Brats18_TCIA13_623_1"))
    assert all(isinstance(place, Place) for place in places)
    assert [place.path.name.split("_")[-1] for place in places] == [
        "t1.nii.gz", "t1ce.nii.gz", "t2.nii.gz", "flair.nii.gz",
    ]  # fmt: skip
