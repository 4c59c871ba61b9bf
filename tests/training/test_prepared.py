"""Subjects on disk: the same numbers, prepared once, no file kept open."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.bundles import TINY
from training import data
from training.data import draw, load_split
from training.prepared import StoredSubject, prepared
from training.subject import Subject


def test_a_stored_subject_holds_what_was_prepared(subjects: list[Subject], tmp_path: Path):
    first = subjects[0]
    stored = prepared(first.name, {"t1": "x"}, TINY.grid, tmp_path, lambda: first)
    assert isinstance(stored, StoredSubject)
    assert stored.name == first.name and stored.levels == first.levels
    assert np.array_equal(stored.mask, first.mask)
    assert list(stored.images) == list(first.images)
    for modality, image in first.images.items():
        assert stored.images[modality].dtype == np.float16
        assert np.array_equal(stored.images[modality], image)


def test_batches_from_disk_are_those_from_memory(folder: Path, subjects: list[Subject], tmp_path: Path):
    stored = load_split(folder, TINY.grid, tmp_path)
    assert [subject.name for subject in stored] == [subject.name for subject in subjects]
    for step in range(3):
        pair = [draw(each, TINY, 16, 2, seed=0, step=step, augment=True) for each in (stored, subjects)]
        assert all(torch.equal(a, b) for a, b in zip(*pair, strict=True))


def test_it_is_prepared_once_and_anew_when_the_voxels_or_the_grid_change(subjects: list[Subject], tmp_path: Path):
    made: list[str] = []

    def make() -> Subject:
        made.append("once")
        return subjects[0]

    for digest, grid, expected in (("a", TINY.grid, 1), ("a", TINY.grid, 1), ("b", TINY.grid, 2)):
        prepared("one", {"t1": digest}, grid, tmp_path, make)
        assert len(made) == expected
    prepared("one", {"t1": "b"}, type(TINY.grid)(spacing=2.0), tmp_path, make)
    assert len(made) == 3


def test_half_a_subject_is_none(subjects: list[Subject], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full_disk(*_: object):
        raise OSError("no space left")

    monkeypatch.setattr("training.prepared.write_text", full_disk)
    with pytest.raises(OSError, match="no space"):
        prepared("one", {"t1": "x"}, TINY.grid, tmp_path, lambda: subjects[0])
    assert not list(tmp_path.iterdir())


def test_two_processes_may_prepare_the_same_subject(subjects: list[Subject], tmp_path: Path):
    """As the ranks of one run do: the slower one takes what the faster one wrote."""

    def overtaken() -> Subject:
        prepared("one", {"t1": "x"}, TINY.grid, tmp_path, lambda: subjects[0])
        return subjects[0]

    stored = prepared("one", {"t1": "x"}, TINY.grid, tmp_path, overtaken)
    assert np.array_equal(stored.mask, subjects[0].mask)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list open files")
def test_many_subjects_keep_no_file_open(folder: Path, tmp_path: Path):
    stored = load_split(folder, TINY.grid, tmp_path)
    before = len(os.listdir("/proc/self/fd"))
    sums = [float(subject.mask.sum()) for subject in stored * 50]
    assert len(os.listdir("/proc/self/fd")) <= before
    assert min(sums) > 0


def test_validation_subjects_are_a_split_of_their_own(folder: Path, tmp_path: Path):
    held = load_split(folder, TINY.grid, tmp_path, "validation")
    assert [subject.name for subject in held] == [data.VALIDATION[0]]
