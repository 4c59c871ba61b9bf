"""A file that goes, shrinks, or asks for too much between looking and reading: one sentence, nothing else."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import files
from engine.errors import RespinError, UnreadableScan, UnsupportedScan
from engine.files import find, read, read_place
from engine.finding import Place
from engine.progress import finish
from tests.dicom_phantoms import lay_out, pack, series
from tests.engine.test_foreign import write_itk
from tests.phantoms import phantom, write_phantom

MADE = phantom((12, 14, 10), orientation="LPS")
NAMES = ["a.nii", "b.nii.gz", "c.nrrd", "d.mha", "e.mhd", "folder"]


def place_of(folder: Path, name: str) -> Place:
    path = folder / name
    if name == "folder":
        lay_out(path, series(MADE))
    elif name.endswith(".zip"):
        pack(path, series(MADE))
    elif ".nii" in name:
        write_phantom(path, MADE)
    else:
        write_itk(path, MADE)
    return finish(find(path))[0]


def voxels_of(place: Place) -> Path:
    beside = place.path.with_suffix(".raw")
    return sorted(place.path.iterdir())[4] if place.path.is_dir() else beside if beside.exists() else place.path


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-700])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("happens", [Path.unlink, shorten])
def test_what_is_found_and_then_lost_is_told(tmp_path: Path, name: str, happens: Callable[[Path], None]):
    place = place_of(tmp_path, name)
    happens(voxels_of(place))
    with pytest.raises(RespinError, match=r"^[^\n]*\.$") as refusal:
        read_place(place)
    assert str(tmp_path) not in str(refusal.value).split("no such file in")[0]


def test_a_zip_that_goes_after_it_was_opened_is_read_to_its_end(tmp_path: Path):
    place = place_of(tmp_path, "f.zip")
    place.path.unlink()
    assert read_place(place).volume.shape == MADE.shape


@pytest.mark.parametrize("name", ["a.nii", "c.nrrd", "folder"])
def test_without_memory_a_scan_is_refused_in_a_sentence(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    place = place_of(tmp_path, name)

    def full(*_: object) -> None:
        raise MemoryError

    for door in (files.nifti, files.foreign, files.dicom):
        monkeypatch.setattr(door, "read", full)
    with pytest.raises(UnsupportedScan, match=rf"^{name} needs more memory than is free; close other programs\.$"):
        read_place(place)


def test_a_zip_that_is_made_to_fill_the_memory_is_refused_unread(tmp_path: Path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(3):
            packed.writestr(f"{number}.dcm", bytes(1 << 26))
    with pytest.raises(UnsupportedScan, match=r"^bomb\.zip unpacks to \d+ times its size; unpack it first\.$"):
        read(path)


def test_a_name_that_leads_out_of_a_zip_leads_nowhere(tmp_path: Path):
    path = tmp_path / "inner" / "a.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as packed:
        for number, content in enumerate(series(MADE)):
            packed.writestr(f"../../out{number}.dcm", content)
    assert read(path).volume.shape == MADE.shape
    assert sorted(tmp_path.rglob("*")) == [path.parent, path]


def test_a_slice_of_another_series_size_takes_no_memory(tmp_path: Path):
    folder = lay_out(tmp_path / "case", series(MADE, Rows=60_000, Columns=60_000))
    with pytest.raises((UnreadableScan, UnsupportedScan), match=r"^case "):
        read(folder)
