"""Memory is asked about before it is taken."""

from pathlib import Path

import pytest

from engine import memory
from engine.content import Extent

BIG = Extent((1000, 1000, 1000), 1, 2_000_000_000)


def test_the_system_says_what_is_free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "meminfo").write_text("MemTotal:  100 kB\nMemAvailable:   5000000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    assert memory.free() == 5_000_000 * 1024


def test_elsewhere_half_of_all_counts_as_free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "none")
    there = memory.free()
    assert there is None or there > 10**8


@pytest.mark.parametrize(("there", "doubted"), [(9 * 10**9, True), (11 * 10**9, False), (None, False)])
def test_a_good_share_is_asked_about(monkeypatch: pytest.MonkeyPatch, there: int | None, doubted: bool):
    monkeypatch.setattr(memory, "free", lambda: there)
    said = memory.doubt("big.nii", BIG)
    assert (said is not None) == doubted
    if said:
        assert said == "big.nii needs about 5.0 GB of memory; 9.0 GB are free."


def test_a_system_that_says_nothing_is_not_asked_further(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "none")
    monkeypatch.setattr(memory.os, "sysconf_names", {})
    assert memory.free() is None
    assert memory.spare(10**15) and memory.doubt("big.nii", BIG) is None
