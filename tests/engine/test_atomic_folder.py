"""A folder appears whole, under a name that nobody had, or not at all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.atomic_folder import filling, settle
from engine.errors import UnwritableOutput

FILLED_AND_KILLED = """
import os, signal, sys
from pathlib import Path
from engine.atomic_folder import filling
with filling(Path(sys.argv[1]), 1) as (part,):
    (part / "slice").write_bytes(b"new" * 100_000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def filled(folder: Path, content: str) -> Path:
    with filling(folder, 1) as parts:
        (parts[0] / "slice").write_text(content)
        return settle(parts, lambda run: [f"case-{run}"])[0]


def test_a_folder_is_there_with_all_it_holds_or_not_at_all(tmp_path: Path):
    assert filled(tmp_path, "one") == tmp_path / "case-1"
    with pytest.raises(ZeroDivisionError), filling(tmp_path, 2) as parts:
        (parts[1] / "slice").write_text("two")
        assert 1 / 0
    assert [path.name for path in tmp_path.iterdir()] == ["case-1"]


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path):
    (tmp_path / "case-2").write_text("a file of somebody's")
    assert [filled(tmp_path, text).name for text in ("one", "two", "three")] == ["case-1", "case-3", "case-4"]
    assert (tmp_path / "case-1" / "slice").read_text() == "one"
    assert (tmp_path / "case-2").read_text() == "a file of somebody's"


def test_a_name_taken_in_the_last_moment_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    filled(tmp_path, "mine")
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert filled(tmp_path, "other").name == "case-2"
    assert (tmp_path / "case-1" / "slice").read_text() == "mine"


def test_folders_that_belong_together_have_one_number(tmp_path: Path):
    (tmp_path / "spread-1").mkdir()
    with filling(tmp_path, 2) as parts:
        made = settle(parts, lambda run: [f"spread-{run}", f"case-{run}"])
    assert [path.name for path in made] == ["spread-2", "case-2"]


def test_all_of_a_folder_is_on_the_disk_before_its_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    order: list[str] = []
    for name in ("fsync", "rename"):
        true = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, n=name, f=true: (order.append(n), f(*a))[1])
    filled(tmp_path, "one")
    assert order == ["fsync", "fsync", "rename", "fsync"]


def test_a_kill_leaves_no_folder_that_is_seen(tmp_path: Path):
    command = [sys.executable, "-c", FILLED_AND_KILLED, str(tmp_path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".")
    assert filled(tmp_path, "one").parent == tmp_path
    assert left.exists()  # it might be somebody's who has just begun
    os.utime(left, (0, 0))
    filled(tmp_path, "two")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case-1", "case-2"]


def test_a_folder_that_somebody_fills_is_not_swept(tmp_path: Path):
    with filling(tmp_path, 1) as parts:
        os.utime(parts[0], (0, 0))
        filled(tmp_path, "other")
        assert parts[0].exists()


def test_a_parent_that_takes_no_folders_is_named(tmp_path: Path):
    with (
        pytest.raises(UnwritableOutput, match="nowhere cannot be written to: No such file"),
        filling(tmp_path / "nowhere", 1),
    ):
        pass
