"""A folder of weights is opened whole and unaltered, or refused in words."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import bundle as module
from engine.bundle import FILES, bundles, open_bundle
from engine.errors import BadBundle
from engine.modality import Modality
from engine.synthesis import Mode
from tests.bundles import TINY


@pytest.fixture
def folder(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "tiny"))


def change(folder: Path, edit: Callable[[dict[str, Any]], object]):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    edit(manifest)
    path.write_text(json.dumps(manifest))


def test_a_whole_bundle_says_what_it_is(tiny_bundle: Path):
    bundle = open_bundle(tiny_bundle)
    bundle.verify()
    assert bundle.name == "tiny"
    assert bundle.preset == TINY
    assert bundle.default_mode is Mode.SHORTCUT
    assert set(bundle.hashes) == set(FILES)
    assert bundle.targets(Modality.T1) == (Modality.T1CE, Modality.T2, Modality.FLAIR)
    assert bundle.targets(Modality.PD) == ()
    assert len(bundle.latent_mean) == len(bundle.latent_sd) == TINY.autoencoder.latent
    assert bundle.card.startswith("# tiny")


def test_only_the_sampler_is_asked_for_its_steps(tiny_bundle: Path):
    assert set(open_bundle(tiny_bundle).steps) == {Mode.SHORTCUT, Mode.FULL, Mode.REFERENCE}


def test_the_hash_is_that_of_the_whole(folder: Path):
    first = open_bundle(folder).hash
    assert open_bundle(folder).hash == first
    change(folder, lambda manifest: manifest["sampling"].update(default_mode="prior"))
    assert open_bundle(folder).hash != first


@pytest.mark.parametrize("file", FILES)
def test_an_altered_file_is_refused(folder: Path, file: str):
    path = folder / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadBundle, match=f"{file} of the model 'tiny' was altered or damaged; install"):
        open_bundle(folder).verify()


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_refused_at_once(folder: Path, file: str):
    (folder / file).unlink()
    with pytest.raises(BadBundle, match=f"The model 'tiny' lacks {file}"):
        open_bundle(folder)


def test_another_format_is_refused_with_both_numbers(folder: Path):
    change(folder, lambda manifest: manifest.update(format=99))
    with pytest.raises(BadBundle, match="has format 99; this version reads 1"):
        open_bundle(folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda manifest: manifest.pop("latent"),
        lambda manifest: manifest.pop("format"),
        lambda manifest: manifest.update(name=5),
        lambda manifest: manifest.update(name=None),
        lambda manifest: manifest["preset"]["unet"].update(surprise=1),
        lambda manifest: manifest["preset"].update(modalities=["t1", "x-ray"]),
        lambda manifest: manifest["sampling"].update(default_mode="magic"),
        lambda manifest: manifest["files"].pop("decoder.onnx"),
        lambda manifest: manifest["files"].update({"../../elsewhere": "0"}),
        lambda manifest: manifest["directions"]["t1"]["t2"].pop("low"),
        lambda manifest: manifest.update(directions=[]),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(folder: Path, edit: Callable[[dict[str, Any]], object]):
    change(folder, edit)
    with pytest.raises(BadBundle, match=r"manifest of the model .* is not readable"):
        open_bundle(folder)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00"])
def test_a_manifest_that_is_no_manifest_is_refused(folder: Path, text: bytes):
    (folder / "manifest.json").write_bytes(text)
    with pytest.raises(BadBundle, match="is not readable"):
        open_bundle(folder)


def test_an_unknown_name_tells_the_known_ones(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "assets", lambda: tiny_bundle.parent.parent)
    (tiny_bundle.parent.parent / "models").mkdir(exist_ok=True)
    with pytest.raises(BadBundle, match="There is no model 'huge'"):
        open_bundle("huge")


def test_installed_models_are_found_by_name(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installed = tmp_path / "assets" / "models"
    shutil.copytree(folder, installed / "tiny")
    (installed / "not-a-model").mkdir()
    (installed / ".tiny.half" / "tiny").mkdir(parents=True)
    (installed / ".tiny.half" / "tiny" / "manifest.json").write_text("{}")
    monkeypatch.setattr(module, "assets", lambda: tmp_path / "assets")
    assert bundles() == ["tiny"]
    assert open_bundle("tiny").directory == installed / "tiny"
    with pytest.raises(BadBundle, match="known: tiny"):
        open_bundle("compact")


def test_a_folder_wins_over_an_installed_name(folder: Path):
    assert open_bundle(folder).directory == folder
