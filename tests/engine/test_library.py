"""The reader's own models: taken in whole and verified or not at all, and taken out again."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from engine import library
from engine.assets import own_models
from engine.bundle import bundles, open_bundle
from engine.errors import BadBundle, UnwritableOutput
from engine.library import add, free_name, is_bundle, is_own, remove
from engine.progress import finish


@pytest.fixture
def folder(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "tiny"))


def pack(folder: Path, path: Path, top: str = "") -> Path:
    """The same bundle as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, top + file.name)
    return path


def rename(folder: Path, name: object):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"name": name}))


def nothing_is_left() -> bool:
    return not own_models().exists() or not list(own_models().iterdir())


@pytest.mark.parametrize("given", ["folder", "manifest", "zip", "zip in a folder"])
def test_a_bundle_is_taken_in_and_found_by_its_name(folder: Path, tmp_path: Path, given: str):
    path = {
        "folder": lambda: folder,
        "manifest": lambda: folder / "manifest.json",
        "zip": lambda: pack(folder, tmp_path / "tiny.zip"),
        "zip in a folder": lambda: pack(folder, tmp_path / "tiny.zip", "models/tiny/"),
    }[given]()
    assert is_bundle(path)
    bundle = finish(add(path))
    assert bundle.directory == own_models() / "tiny" and is_own(bundle)
    shutil.rmtree(folder)
    assert bundles() == ["compact", "tiny"]
    open_bundle("tiny").verify()
    assert [path.name for path in own_models().iterdir()] == ["tiny"]


def test_the_same_model_a_second_time_is_no_news_and_another_of_its_name_is_refused(folder: Path):
    first = finish(add(folder))
    assert finish(add(folder)).hash == first.hash
    change = folder / "manifest.json"
    change.write_text(change.read_text() + "\n")
    with pytest.raises(BadBundle, match="Another model 'tiny' is there already; remove it first"):
        finish(add(folder))
    assert open_bundle("tiny").hash == first.hash


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("file", ["decoder.onnx", "MODEL_CARD.md"])
def test_an_altered_file_is_refused_and_nothing_stays(folder: Path, tmp_path: Path, file: str, zipped: bool):
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)
    with pytest.raises(BadBundle, match=f"{file} of the model 'tiny' was altered or damaged"):
        finish(add(pack(folder, tmp_path / "tiny.zip") if zipped else folder))
    assert nothing_is_left()


def test_a_bundle_that_lacks_a_file_is_refused(folder: Path, tmp_path: Path):
    (folder / "unet.safetensors").unlink()
    for path in (folder, pack(folder, tmp_path / "tiny.zip")):
        with pytest.raises(BadBundle, match=r"no whole model: it lacks unet.safetensors"):
            finish(add(path))
    assert nothing_is_left()


def test_zips_that_are_none_or_hold_none_or_break_are_refused(folder: Path, tmp_path: Path):
    text, empty = tmp_path / "text.zip", tmp_path / "empty.zip"
    text.write_text("no zip")
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    broken = pack(folder, tmp_path / "broken.zip")
    data = bytearray(broken.read_bytes())
    data[2000:2400] = os.urandom(400)
    broken.write_bytes(data)
    for path, words in ((text, "cannot be read as a zip"), (empty, "holds 0 models"), (broken, "unpacked|damaged")):
        with pytest.raises(BadBundle, match=words):
            finish(add(path))
    with pytest.raises(BadBundle, match="cannot be read as a zip"):
        finish(add(tmp_path / "absent.zip"))
    assert nothing_is_left()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "", ".hidden", "a/b", "con\\aux", "x" * 80])
def test_a_name_that_is_no_name_for_a_folder_is_refused(folder: Path, name: str):
    rename(folder, name)
    with pytest.raises(BadBundle, match="no name for a folder"):
        finish(add(folder))
    assert nothing_is_left()


@pytest.mark.parametrize("name", [5, None, ["tiny"]])
def test_a_name_that_is_no_text_is_refused(folder: Path, name: object):
    rename(folder, name)
    with pytest.raises(BadBundle, match=r"is not readable \(ValueError: the name should be text, not"):
        finish(add(folder))
    assert nothing_is_left()


def test_no_model_takes_the_place_of_one_that_ships(folder: Path):
    rename(folder, "compact")
    with pytest.raises(BadBundle, match="ships with Respin"):
        finish(add(folder))
    assert nothing_is_left() and not is_own(open_bundle("compact"))


def test_a_disc_too_small_is_told_before_anything_is_copied(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(UnwritableOutput, match="there is less room"):
        finish(add(folder))
    assert nothing_is_left()


def test_a_data_folder_that_cannot_be_written_is_told(folder: Path):
    own_models().parent.mkdir(parents=True)
    own_models().write_text("in the way")
    with pytest.raises(UnwritableOutput, match="cannot take a model"):
        finish(add(folder))


def test_giving_up_in_the_middle_leaves_nothing(folder: Path):
    work = add(folder)
    for _ in range(3):
        next(work)
    work.close()
    assert nothing_is_left()


def test_removing_takes_own_models_only(folder: Path):
    finish(add(folder))
    remove("tiny")
    assert nothing_is_left() and bundles() == ["compact"]
    for name in ("tiny", "compact", "..", "../../compact", ""):
        with pytest.raises(BadBundle, match="was not added here"):
            remove(name)
    assert bundles() == ["compact"]


def test_a_new_name_is_plain_and_free(folder: Path):
    assert free_name("last epoch=3 (ä)") == "last-epoch-3-ä"
    assert free_name("...") == "model"
    assert free_name("compact") == "compact-2"
    finish(add(folder))
    assert free_name("tiny") == "tiny-2"
