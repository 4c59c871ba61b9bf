"""Nothing is ever half-written."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.atomic import replacing, write_bytes, write_text
from engine.errors import UnwritableOutput

KILLED_HALF_WAY = """
import os, signal, sys
from pathlib import Path
from engine.atomic import replacing
with replacing(Path(sys.argv[1])) as stream:
    stream.write(b"new" * 100_000)
    stream.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text("old")
    return path


def test_a_file_is_replaced_whole(target: Path):
    write_text(target, "π new")
    assert target.read_bytes() == "π new".encode()
    assert os.listdir(target.parent) == [target.name]


def test_a_new_file_can_be_read_by_whom_the_umask_lets(tmp_path: Path):
    before = os.umask(0o022)
    try:
        write_bytes(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o644


def test_a_failing_rename_leaves_the_old_file_and_nothing_else(target: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UnwritableOutput, match=r"case\.json cannot be written into .*Input/output error"):
        write_text(target, "new")
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == [target.name]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(target: Path):
    with pytest.raises(UnwritableOutput, match="No space left"), replacing(target) as stream:
        stream.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == [target.name]


def test_an_error_of_the_writer_passes_unchanged_and_leaves_the_old_file(target: Path):
    with pytest.raises(KeyError), replacing(target) as stream:
        stream.write(b"half")
        raise KeyError("ours")
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == [target.name]


def test_the_bytes_are_on_the_disk_before_the_name_is(target: Path, monkeypatch: pytest.MonkeyPatch):
    order: list[str] = []
    for name in ("fsync", "replace"):
        true = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, n=name, f=true: (order.append(n), f(*a))[1])
    write_text(target, "new")
    assert order == ["fsync", "replace", "fsync"]


def test_a_kill_in_the_middle_never_shows_under_the_final_name(target: Path):
    command = [sys.executable, "-c", KILLED_HALF_WAY, str(target)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(UnwritableOutput, match=r"case\.nii cannot be written into .*nowhere: No such file"):
        write_bytes(tmp_path / "nowhere" / "case.nii", b"")
