"""Nothing is ever half-written."""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.atomic import replacing, replacing_all, write_bytes, write_text
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


def test_files_that_belong_together_take_their_places_together(tmp_path: Path):
    paths = [tmp_path / name for name in ("case.json", "case.nii.gz")]
    for path in paths:
        path.write_text("old")
    with replacing_all(paths) as (sidecar, volume):
        sidecar.write(b"new")
        assert [path.read_text() for path in paths] == ["old", "old"]
        volume.write(b"new")
    assert [path.read_text() for path in paths] == ["new", "new"]
    assert sorted(os.listdir(tmp_path)) == ["case.json", "case.nii.gz"]


def test_where_one_of_them_fails_none_changes(tmp_path: Path):
    paths = [tmp_path / name for name in ("case.json", "case.nii.gz")]
    for path in paths:
        path.write_text("old")
    with pytest.raises(UnwritableOutput, match=r"case\.nii\.gz cannot"), replacing_all(paths) as (sidecar, _):
        sidecar.write(b"new")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [path.read_text() for path in paths] == ["old", "old"]
    assert len(os.listdir(tmp_path)) == 2


def seen(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture(params=["links", "no links"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With hard links, and as exFAT has it."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    def absent(path: Path, old: Path) -> None:
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        refuse()

    if request.param == "no links":
        monkeypatch.setattr(os, "link", absent)
        monkeypatch.setattr(os, "chmod", absent)  # nor may modes be set there
    return request.param


@pytest.mark.parametrize("old", ["abc", "ac", ""])
@pytest.mark.parametrize("refused", "abc")
def test_a_rename_that_is_refused_takes_back_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str, old: str, refused: str
):
    def refuse(part: Path, path: Path) -> None:
        if path.name == refused and not part.name.endswith(".old.part"):
            raise OSError(errno.EIO, "Input/output error")
        rename(part, path)

    for name in old:
        (tmp_path / name).write_text("old")
    rename = os.replace
    monkeypatch.setattr(os, "replace", refuse)
    told = rf"^{refused} cannot be written into .*: Input/output error\.$"
    with pytest.raises(UnwritableOutput, match=told), replacing_all([tmp_path / name for name in "abc"]) as streams:
        for stream in streams:
            stream.write(b"new")
    assert seen(tmp_path) == dict.fromkeys(old, "old")


def test_a_folder_in_the_place_of_one_of_them_changes_none(tmp_path: Path, disk: str):
    (tmp_path / "a").write_text("old")
    (tmp_path / "b").mkdir()
    told = r"^b cannot be written into .*: Is a directory\.$"
    with pytest.raises(UnwritableOutput, match=told), replacing_all([tmp_path / "a", tmp_path / "b"]) as (one, _):
        one.write(b"new")
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_no_name_is_ever_without_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str):
    """A kill between any two of these steps finds every file, and the old ones a second time until all are new."""

    def watch(part: Path, path: Path) -> None:
        steps.append(seen(tmp_path))
        rename(part, path)
        steps.append(seen(tmp_path))

    for name in "abc":
        (tmp_path / name).write_text("old")
    steps: list[dict[str, str]] = []
    rename = os.replace
    monkeypatch.setattr(os, "replace", watch)
    with replacing_all([tmp_path / name for name in "abc"]) as streams:
        for stream in streams:
            stream.write(b"new")
    assert len(steps) == 6
    for step in steps:
        assert {step[name] for name in "abc"} <= {"old", "new"}
        assert [step[f".{name}.old.part"] for name in "abc"] == ["old"] * 3
    assert seen(tmp_path) == dict.fromkeys("abc", "new")


def test_an_old_file_that_cannot_come_back_is_kept_under_its_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str
):
    def refuse(part: Path, path: Path) -> None:
        if path.name == "b" or part.name == ".a.old.part":
            raise OSError(errno.EIO, "Input/output error")
        rename(part, path)

    for name in "ab":
        (tmp_path / name).write_text("old")
    rename = os.replace
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(UnwritableOutput), replacing_all([tmp_path / "a", tmp_path / "b"]) as (one, _):
        one.write(b"new")
    assert seen(tmp_path)[".a.old.part"] == "old"


def test_a_second_name_that_finds_no_room_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(path: Path, old: Path) -> None:
        old.write_text("ol")
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in "ab":
        (tmp_path / name).write_text("old")
    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(UnwritableOutput, match="No space left"), replacing_all([tmp_path / "a", tmp_path / "b"]):
        pass
    assert seen(tmp_path) == {"a": "old", "b": "old"}


def test_second_names_that_a_kill_left_are_gone_after_the_next_time(tmp_path: Path):
    for name in ("a", "b", ".a.old.part", ".b.old.part"):
        (tmp_path / name).write_text("old")
    with replacing_all([tmp_path / "a", tmp_path / "b"]) as (one, other):
        one.write(b"new")
        other.write(b"new")
    assert seen(tmp_path) == {"a": "new", "b": "new"}


def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(target: Path):
    left = target.with_name(f".{target.name}.0123abcd.part")
    fresh = target.with_name(f".{target.name}.4567abcd.part")
    other = target.with_name(".case2.json.0123abcd.part")
    for part in (left, fresh, other):
        part.write_text("half")
    os.utime(left, (0, 0))
    os.utime(other, (0, 0))
    write_text(target, "new")
    assert not left.exists() and fresh.exists() and other.exists()
    os.utime(fresh, (0, 0))
    with fresh.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_text(target, "newer")
        assert fresh.exists()
    write_text(target, "newest")
    assert not fresh.exists()


def test_who_changes_names_waits_for_who_does_so_already(target: Path):
    handle = os.open(target.parent, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    writer = threading.Thread(target=write_text, args=(target, "new"))
    writer.start()
    writer.join(0.3)
    assert writer.is_alive() and target.read_text() == "old"
    os.close(handle)
    writer.join()
    assert target.read_text() == "new"


def test_where_the_target_is_held_open_by_another_program_it_is_said(target: Path, monkeypatch: pytest.MonkeyPatch):
    """As Windows does it; elsewhere an open file is replaced, and who has it open goes on reading the old one."""

    def held(*_: object) -> None:
        raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used")

    with target.open("rb") as reader:
        write_text(target, "new")
        assert reader.read() == b"old"
    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(UnwritableOutput, match=r"case\.json cannot be written into .*: .*being used\.$"):
        write_text(target, "newer")
    assert target.read_text() == "new"
    assert os.listdir(target.parent) == [target.name]
