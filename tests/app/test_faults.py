"""A fault is written down, whatever the files are called that it befell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.faults import record


@pytest.fixture
def looped(tmp_path: Path) -> Path:
    """Two links, each of which leads to the other."""
    one, other = tmp_path / "Ada_t1.nii", tmp_path / "Ada_t2.nii"
    one.symlink_to(other)
    other.symlink_to(one)
    return one


def test_a_file_that_the_system_refuses_to_look_for_hides_no_fault(tmp_path: Path):
    refused = tmp_path / f"{'Ada' * 100}_t1.nii"
    told = record(ZeroDivisionError(f"in {refused}"), [str(refused), refused.name]).read_text()
    assert "ZeroDivisionError" in told and "Ada" not in told


def test_a_link_that_leads_round_in_a_circle_hides_no_fault(looped: Path):
    told = record(ZeroDivisionError(f"in {looped}"), [str(looped)]).read_text()
    assert "ZeroDivisionError" in told and "Ada" not in told


def test_a_name_that_is_no_text_hides_no_fault():
    """Latin-1, as old archives hold it."""
    name = os.fsdecode(b"Ad\xe9a_t1.nii")
    told = record(ZeroDivisionError(f"in {name}"), [name]).read_text(encoding="utf-8")
    assert "ZeroDivisionError" in told and "_t1.nii" not in told
