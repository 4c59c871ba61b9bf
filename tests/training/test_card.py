"""The model card says where a bundle comes from, and takes its numbers without losing its hash."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.bundle import open_bundle
from engine.errors import BadBundle
from engine.modality import Modality
from tests.bundles import TINY
from tests.engine.test_bundle_writer import export_tiny
from tests.training.conftest import QUICK
from training.__main__ import app
from training.card import card, with_numbers
from training.phantom.folder import name_of


@pytest.fixture
def text() -> str:
    runs = {"autoencoder": (QUICK, 4, 1.5), "diffusion": (QUICK, 6, 0.25)}
    return card("mine", TINY, ["one", "two"], runs, {"autoencoder": 1_500_000, "unet": 250_000})


def test_a_card_tells_data_recipe_and_limits(text: str):
    for words in ("# Model card: mine", "one, two", "autoencoder 1.50 M", "unet 0.25 M", "Research use only"):
        assert words in text
    assert "4 of 6 steps in 1.5 h" in text
    assert "No lesion may be trusted" in text
    assert "licence" in text
    assert "Not measured yet" in text


def test_a_card_says_that_phantoms_are_no_patients():
    runs = {"autoencoder": (QUICK, 4, 1.5)}
    phantoms, mixed = [name_of(0), name_of(1)], [name_of(0), "one"]
    assert "are **simulated**" in card("mine", TINY, phantoms, runs, {})
    assert "are **simulated**" not in card("mine", TINY, mixed, runs, {})
    assert "are **simulated**" not in card("mine", TINY, phantoms, runs, {}, data="Ours.")


def test_a_contrast_that_nobody_showed_is_no_promise():
    told = [card("mine", TINY, ["one"], {}, {}, "Mind it.", untrained=missing) for missing in ((), (Modality.PD,))]
    assert "PD is in the shape" not in told[0] and "PD is in the shape" in told[1]
    assert all(text.endswith("* Mind it.\n") for text in told)


def test_numbers_take_their_place_and_the_bundle_stays_whole(text: str, tmp_path: Path, without_graphs: None):
    export_tiny(tmp_path / "mine", text)
    with_numbers(tmp_path / "mine", "PSNR 20")
    with_numbers(tmp_path / "mine", "PSNR 21")
    bundle = open_bundle(tmp_path / "mine")
    bundle.verify()
    assert "PSNR 21" in bundle.card
    assert "PSNR 20" not in bundle.card and "Not measured yet" not in bundle.card
    before, after = (part.split("## Validation")[0] for part in (text, bundle.card))
    assert before == after
    assert bundle.card.endswith(text.split("## Limits")[1])


def test_the_sharpening_of_a_bundle_is_set_by_a_command(tmp_path: Path, tiny_bundle: Path):
    folder = Path(shutil.copytree(tiny_bundle, tmp_path / "tiny"))
    assert open_bundle(folder).sharpening == 0
    assert CliRunner().invoke(app, ["sharpen", "--model", str(folder), "--amount", "0.3"]).exit_code == 0
    assert open_bundle(folder).sharpening == 0.3
    open_bundle(folder).verify()


def test_a_card_changed_by_hand_is_noticed(text: str, tmp_path: Path, without_graphs: None):
    export_tiny(tmp_path / "mine", text)
    (tmp_path / "mine" / "MODEL_CARD.md").write_text(text + "It is perfect.\n")
    with pytest.raises(BadBundle, match=r"MODEL_CARD\.md .* altered"):
        open_bundle(tmp_path / "mine").verify()
    assert "files" in json.loads((tmp_path / "mine" / "manifest.json").read_text())
