"""Preferences survive the program, and a damaged file costs no more than what is damaged."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import cast

import pytest

from app.main_window import MainWindow
from app.settings import load, settings_file
from app.state.depth import Look
from app.state.preferences import Preferences
from app.state.viewer import Layout, Mouse
from engine.bundle import Bundle
from engine.synthesis import Mode

OTHER = Preferences(
    mouse=Mouse.RESEARCH,
    layout=Layout.COMPARE,
    only="axial",
    radiological=False,
    interpolate=False,
    up_is_brighter=False,
    show_crosshair=False,
    look=Look.MIP,
    planes_in_depth=True,
    mode=Mode.FULL,
    list_shown=False,
    panel_shown=False,
    geometry="AdnQywADAAA=",
    widths="212 300",
    folder="/data/with, comma; and = signs",
    recent=("/data/äö ü.nii.gz", 'quote".nii', "100%.nii"),
    notice_seen=True,
    model="mine",
)
"""No field as it is by default."""


def as_written(preferences: Preferences) -> dict:
    return {field.name: getattr(preferences, field.name) for field in fields(Preferences)}


def test_every_field_is_remembered_at_once(tmp_path: Path):
    path = tmp_path / "settings.ini"
    first = load(path)
    for name, value in as_written(OTHER).items():
        assert value != getattr(Preferences(), name), f"{name}: another value than the default is needed here"
        setattr(first, name, value)
    assert as_written(load(path)) == as_written(OTHER)


@pytest.mark.parametrize("value", [(), ("one",)])
def test_short_lists_come_back_as_lists(tmp_path: Path, value: tuple[str, ...]):
    first = load(tmp_path / "settings.ini")
    first.recent = ("a", "b")
    first.recent = value
    assert load(tmp_path / "settings.ini").recent == value


def test_no_mode_of_ones_own_is_remembered_too(tmp_path: Path):
    first = load(tmp_path / "settings.ini")
    first.mode = Mode.FULL
    first.mode = None
    assert load(tmp_path / "settings.ini").mode is None


@pytest.mark.parametrize(
    "damage", [b"", b"\x00\xff\xfe\x00 rubbish ]]] [[[", b"[General]\nmouse=mouse\nrecent={\nradiological=7\nmode=no\n"]
)
def test_a_damaged_file_gives_the_defaults_and_is_written_anew(tmp_path: Path, damage: bytes):
    path = tmp_path / "settings.ini"
    path.write_bytes(damage)
    again = load(path)
    assert as_written(again) == as_written(Preferences())
    again.radiological = False
    assert load(path).radiological is False


def test_what_is_not_damaged_stays(tmp_path: Path):
    path = tmp_path / "settings.ini"
    path.write_text("[General]\nmouse=research\nrecent=[1, 2]\n", encoding="utf-8")
    assert as_written(load(path)) == as_written(replace(Preferences(), mouse=Mouse.RESEARCH))


def test_the_file_lies_where_the_user_keeps_such_things():
    assert Path(os.environ["XDG_CONFIG_HOME"]) in settings_file().parents


def test_the_window_is_found_as_it_was_left(qtbot, window, model):
    window.viewer.take(Mouse.RESEARCH)
    window.viewer.radiological = False
    window.orders.mode = Mode.FULL
    window.close()
    again = MainWindow(cast("Bundle", model), model.translate)
    qtbot.addWidget(again)
    assert again.viewer.mouse is Mouse.RESEARCH and not again.viewer.radiological
    assert again.orders.mode is Mode.FULL
    again.close()
