"""Models in the window: the list, the card, choosing, importing, removing; the buttons follow."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.main_window import MainWindow, dress
from app.models import SHIPPED, preferred
from app.settings import load
from app.state.models import Model, Models
from app.state.preferences import Preferences
from app.widgets.models_dialog import ModelsDialog
from engine.assets import own_models
from engine.bundle import open_bundle
from engine.errors import BadBundle
from engine.library import add
from engine.modality import Modality
from engine.progress import finish
from engine.synthesis import Mode

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def other(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A bundle of another name that makes FLAIR from T1, and nothing else."""
    folder = Path(shutil.copytree(tiny_bundle, tmp_path / "given"))
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["name"] = "flair-only"
    manifest["directions"] = {"t1": {"flair": manifest["directions"]["t1"]["flair"]}}
    path.write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def real(qtbot, qapp):
    """The window with the model that ships."""
    dress(qapp)
    shown = MainWindow(open_bundle())
    qtbot.addWidget(shown)
    shown.resize(1200, 800)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    yield shown
    shown.close()


@pytest.fixture
def dialog(qtbot, real) -> ModelsDialog:
    real.acts["models"].trigger()
    opened = real.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: opened.isVisible() and not real.library.busy)
    return opened


def names(dialog: ModelsDialog) -> list[str]:
    return [dialog.rows.item(row).text().split("\n")[0] for row in range(dialog.rows.count())]


def bring(qtbot, dialog, monkeypatch, *paths: Path):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path) for path in paths], ""))
    qtbot.mouseClick(dialog.add, LEFT)
    qtbot.waitUntil(lambda: not dialog._library.busy and not dialog._models.doing)


def test_the_shipped_model_is_listed_with_its_card_and_its_files_are_verified(dialog):
    assert names(dialog) == ["compact"] and dialog.heading.text() == "compact"
    assert "from one another" in dialog.facts.text() and "files verified" in dialog.facts.text()
    assert "Limits" in dialog.card.toPlainText()
    assert not dialog.use.isEnabled() and dialog.use.text() == "In use" and not dialog.remove.isEnabled()


def test_a_model_is_imported_used_and_remembered_and_the_buttons_follow(qtbot, real, dialog, other, monkeypatch, head):
    bring(qtbot, dialog, monkeypatch, other / "manifest.json")
    assert names(dialog) == ["compact", "flair-only"] and dialog.heading.text() == "flair-only"
    assert "Makes FLAIR from T1." in dialog.facts.text() and "Added by you" in dialog.facts.text()
    qtbot.mouseClick(dialog.use, LEFT)
    assert real.models.bundle.directory == own_models() / "flair-only" and dialog.use.text() == "In use"
    dialog.close()
    real.open([head])
    qtbot.waitUntil(lambda: real.study.selected is not None)
    assert list(real.panel.targets) == [Modality.FLAIR]
    again, reason = preferred(load())
    assert load().model == "flair-only" and again is not None and again.name == "flair-only" and reason is None


def test_the_synthesis_is_made_with_the_chosen_model(qtbot, real, other, head):
    finish(add(other))
    real.library.use("flair-only")
    real.open([head])
    qtbot.waitUntil(lambda: real.study.selected is not None)
    real.orders.mode = Mode.PRIOR
    qtbot.mouseClick(real.panel.targets[Modality.FLAIR], LEFT)
    qtbot.waitUntil(lambda: len(real.study.entries) == 2)
    record = real.study.entries[1].synthesis.record
    assert (record["model"], record["model_hash"]) == ("flair-only", open_bundle("flair-only").hash)


def test_removing_asks_first_and_gives_the_shipped_one_back(qtbot, real, other):
    finish(add(other))
    real.library.use("flair-only")
    real.show_models()
    dialog = real.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: not real.library.busy)
    assert dialog.heading.text() == "flair-only" and dialog.remove.isEnabled()
    qtbot.mouseClick(dialog.remove, LEFT)
    assert "Remove the model flair-only?" in dialog.banner.label.text() and other.exists()
    assert (own_models() / "flair-only").exists()
    qtbot.mouseClick(dialog.banner.answer, LEFT)
    qtbot.waitUntil(lambda: names(dialog) == ["compact"])
    assert not (own_models() / "flair-only").exists() and real.models.bundle.name == SHIPPED
    assert load().model == SHIPPED


def test_a_refusal_is_told_in_the_dialog_and_changes_nothing(qtbot, real, dialog, other, monkeypatch):
    (other / "decoder.onnx").write_bytes(b"altered")
    bring(qtbot, dialog, monkeypatch, other / "manifest.json")
    assert "decoder.onnx of the model 'flair-only' was altered" in dialog.banner.label.text()
    assert not real.banner.isVisible() and names(dialog) == ["compact"]
    dialog.close()
    real.library.use("gone")
    assert "There is no model 'gone'" in real.banner.label.text() and real.models.bundle.name == SHIPPED


def test_checkpoints_become_one_model_named_after_the_first(qtbot, dialog, monkeypatch, tmp_path):
    asked = []

    def convert(paths, out):
        asked.append((list(paths), out))
        yield from ()

    monkeypatch.setattr("engine.importer.import_checkpoints", convert)
    given = [tmp_path / "vqgan last.ckpt", tmp_path / "ldm.ckpt"]
    bring(qtbot, dialog, monkeypatch, *given)
    assert asked == [(given, own_models() / "vqgan-last")]


def test_a_damaged_own_model_cannot_be_used(qtbot, real, other):
    finish(add(other))
    (own_models() / "flair-only" / "ms_spade.onnx").write_bytes(b"altered")
    real.show_models()
    dialog = real.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: not real.library.busy)
    dialog.rows.setCurrentRow(1)
    assert "files altered or damaged" in dialog.facts.text() and not dialog.use.isEnabled()


def test_a_remembered_model_that_is_gone_gives_way_to_the_shipped_one_and_says_so():
    preferences = Preferences(model="gone")
    bundle, reason = preferred(preferences)
    assert bundle is not None and bundle.name == SHIPPED and preferences.model == ""
    assert isinstance(reason, BadBundle) and "gone" in str(reason)


def test_what_a_model_makes_in_words(tiny_bundle: Path):
    whole = open_bundle(tiny_bundle)
    some = replace(whole, levels={pair: levels for pair, levels in whole.levels.items() if pair[0] is Modality.T1})
    assert Model("a", whole, False).makes == "Makes T1, T1CE, T2, FLAIR from one another"
    assert Model("a", some, True).makes == "Makes T1CE, T2, FLAIR from T1"
    assert Model("a", None, True, "It is broken.").makes == "It is broken."
    models = Models(whole)
    assert models.state(Model("a", None, True)) == "cannot be opened" and not models.in_use(Model("a", None, True))
    assert models.state(Model("a", whole, True)) == "files not checked yet" and models.in_use(Model("a", whole, True))


def test_what_is_known_of_a_model_in_words(tmp_path: Path):
    bundle = open_bundle()
    shipped, broken = Model(bundle.name, bundle, False), Model("bad", None, True, "It has no manifest.")
    own = Model("mine", replace(bundle, directory=tmp_path / "gone", hash="another"), True)
    models = Models(bundle, (shipped, own, broken), ((bundle.name, True), ("mine", False)))
    assert [models.in_use(row) for row in models.rows] == [True, False, False]
    assert [models.is_sound(row) for row in models.rows] == [True, False, True]
    assert [models.state(row) for row in models.rows] == [
        "files verified", "files altered or damaged", "cannot be opened",
    ]  # fmt: skip
    assert Models().state(shipped) == "files not checked yet"
    assert [row.origin for row in models.rows] == ["Ships with Respin", "Added by you", "Added by you"]
    assert shipped.card == bundle.card
    assert own.card.startswith("The card cannot be read: ")
    assert (broken.card, broken.makes) == ("It has no manifest.",) * 2
