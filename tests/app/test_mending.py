"""What the doctor advises can be done where Respin runs: make in a checkout, pip for a wheel, neither in the folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app import mending
from app.mending import Origin, origin, refetch, reinstall, system_packages
from engine.assets import assets, own_models


def at(place: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "origin", lambda: place)


def test_where_the_program_came_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert origin() is Origin.CHECKOUT
    monkeypatch.setattr(mending, "_ROOT", tmp_path)
    assert origin() is Origin.WHEEL
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert origin() is Origin.FOLDER


@pytest.mark.parametrize(
    ("place", "says", "never"),
    [
        (Origin.CHECKOUT, "make setup", "pip "),
        (Origin.WHEEL, "pip install", "make "),
        (Origin.FOLDER, "Copy the whole folder", "make setup"),
    ],
)
def test_a_broken_part_is_mended_by_what_is_there(
    monkeypatch: pytest.MonkeyPatch, place: Origin, says: str, never: str
):
    at(place, monkeypatch)
    assert says in reinstall()
    assert never not in reinstall()


@pytest.mark.parametrize("place", Origin)
def test_system_libraries_are_named_and_make_only_where_it_is(monkeypatch: pytest.MonkeyPatch, place: Origin):
    at(place, monkeypatch)
    monkeypatch.setattr(sys, "platform", "linux")
    advice = system_packages("libgl1", "libegl1")
    assert advice.startswith("sudo apt-get install libgl1 libegl1")
    assert ("make" in advice) is (place is Origin.CHECKOUT)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert system_packages("libgl1") == reinstall()


@pytest.mark.parametrize("place", Origin)
def test_a_damaged_model_is_fetched_from_where_it_came(monkeypatch: pytest.MonkeyPatch, place: Origin):
    at(place, monkeypatch)
    assert "import it again" in refetch(own_models() / "mine")
    shipped = refetch(assets() / "models" / "compact")
    assert ("git" in shipped) is (place is Origin.CHECKOUT)
    assert "import" not in shipped
