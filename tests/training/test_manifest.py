"""Splits that hold, and leakage that is refused."""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import RespinError
from engine.volume import Volume
from tests.phantoms import phantom, write_phantom
from tests.training.conftest import FOUR, NAMES
from training import manifest
from training.manifest import (
    VALIDATION,
    Entry,
    check,
    content_hash,
    header_hash,
    held_out,
    of_run,
    split_of,
    splits,
    take_stock,
)


def subject(root: Path, name: str, seed: int) -> Path:
    (root / name).mkdir(parents=True)
    for modality in FOUR[:2]:
        volume = phantom((12, 12, 12), modality=modality, seed=seed)
        write_phantom(root / name / f"{name}_{modality.value}.nii.gz", volume)
    return root / name


def test_a_split_depends_on_the_name_alone_and_a_tenth_is_held_out():
    names = [f"BraTS2021_{number:05d}" for number in range(1251)]
    chosen = [split_of(name) for name in names]
    assert chosen == [split_of(name) for name in names]
    for split in ("validation", "test"):
        assert 0.07 < chosen.count(split) / len(names) < 0.13
    assert {split_of(f"BraTS-GLI-00007-{visit}") for visit in range(100, 130)} == {split_of("BraTS-GLI-00007-000")}


def test_house_validation_subjects_decide_for_their_folder():
    chosen = splits(dict.fromkeys([*NAMES, VALIDATION[0]]))
    assert chosen == {**dict.fromkeys(NAMES, "train"), VALIDATION[0]: "validation"}


@pytest.mark.parametrize("count", [2, 3, 8])
def test_a_small_folder_still_validates_and_trains(count: int):
    chosen = splits(dict.fromkeys(f"Phantom_{number:05d}" for number in range(count)))
    assert {"train", "validation"} <= set(chosen.values())


def test_who_validates_is_known_without_a_run(folder: Path):
    assert held_out(folder) == [VALIDATION[0]]


def test_the_manifest_of_a_run_says_who_is_where(folder: Path, tmp_path: Path):
    made = of_run(folder, tmp_path)
    assert manifest.names_in(made, "train") == sorted(NAMES)
    assert manifest.names_in(made, "validation") == [VALIDATION[0]]
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert told["one"]["files"]["t1ce"] == "one/one_t1ce.nii.gz"
    assert len(told["one"]["sha256"]["t1"]) == 16
    assert of_run(folder, tmp_path) == made == manifest.load(tmp_path / "manifest.json")


def test_a_run_keeps_its_splits_and_misses_who_is_gone(tmp_path: Path):
    data, run = tmp_path / "data", tmp_path / "run"
    for seed in range(3):
        subject(data, f"p{seed}", seed)
    before = of_run(data, run)
    subject(data, "p3", 3)
    after = of_run(data, run)
    assert {name: after[name].split for name in before} == {name: entry.split for name, entry in before.items()}
    shutil.rmtree(data / "p1")
    with pytest.raises(RespinError, match="knows p1, which"):
        of_run(data, run)


def test_one_image_under_two_names_is_refused_whatever_the_compression(tmp_path: Path):
    original = subject(tmp_path, "Brats18_A", 0)
    (tmp_path / "BraTS2021_7").mkdir()
    for path in original.iterdir():
        renamed = tmp_path / "BraTS2021_7" / path.name.replace("Brats18_A", "BraTS2021_7")
        renamed.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
        assert content_hash(renamed) == content_hash(path)
    with pytest.raises(RespinError, match="BraTS2021_7 and Brats18_A hold the same image"):
        take_stock(tmp_path)


def test_a_header_that_changed_is_another_preparation(tmp_path: Path):
    volume = phantom((8, 8, 8))
    mirrored = Volume(volume.data, volume.affine @ np.diag([-1.0, 1.0, 1.0, 1.0]))
    one, other = write_phantom(tmp_path / "a_t1.nii.gz", volume), write_phantom(tmp_path / "b_t1.nii.gz", mirrored)
    assert content_hash(one) == content_hash(other)
    assert header_hash(one) != header_hash(other)


def test_a_person_in_two_splits_is_refused():
    visit = Entry("train", {}, {"t1": "a"}, {})
    check({"sub-1_ses-1": visit, "sub-1_ses-2": replace(visit, sha256={"t1": "b"})})
    with pytest.raises(RespinError, match="sub-1 would be in two splits"):
        check({"sub-1_ses-1": visit, "sub-1_ses-2": replace(visit, split="test", sha256={"t1": "b"})})


def test_an_unchanged_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    subject(tmp_path / "data", "p0", 0)
    subject(tmp_path / "data", "p1", 1)
    first = of_run(tmp_path / "data", tmp_path / "run")
    changed = write_phantom(tmp_path / "data" / "p1" / "p1_t1.nii.gz", phantom((12, 12, 12), seed=9))
    read: list[Path] = []
    monkeypatch.setattr(manifest, "content_hash", lambda path: read.append(path) or content_hash(path))
    second = of_run(tmp_path / "data", tmp_path / "run")
    assert {path.parent.name for path in read} == {"p1"} and changed in read
    assert second["p1"].sha256["t1"] != first["p1"].sha256["t1"]
    assert second["p0"] == first["p0"]
