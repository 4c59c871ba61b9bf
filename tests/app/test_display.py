"""Where Qt draws, and what is said where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import display
from app.display import choose_platform, missing_libraries, prefer_software
from engine.errors import RespinError

linux = pytest.mark.skipif(sys.platform != "linux", reason="X and Wayland are Linux's")


@pytest.fixture
def screen() -> str:
    if not os.environ.get("DISPLAY"):
        pytest.skip("no X server")
    return os.environ["DISPLAY"]


@linux
def test_x_is_taken_before_wayland(screen: str):
    environment = {"DISPLAY": screen, "WAYLAND_DISPLAY": "wayland-0"}
    choose_platform(environment)
    assert environment["QT_QPA_PLATFORM"] == "xcb"


@linux
def test_the_readers_own_choice_stands():
    environment = {"DISPLAY": ":12345", "QT_QPA_PLATFORM": "offscreen"}
    choose_platform(environment)
    assert environment["QT_QPA_PLATFORM"] == "offscreen"


@linux
def test_without_x_wayland_itself_is_used():
    environment = {"WAYLAND_DISPLAY": "wayland-0"}
    choose_platform(environment)
    assert environment["QT_QPA_PLATFORM"] == "wayland"


@linux
@pytest.mark.parametrize(
    ("environment", "missing", "sentence"),
    [
        ({}, [], "no display"),
        ({"DISPLAY": ":12345"}, [], ":12345 does not answer"),
        ({"DISPLAY": ":0"}, ["libxcb-cursor0", "libxcb-shape0"], "apt-get install libxcb-cursor0 libxcb-shape0"),
    ],
)
def test_what_fails_is_one_readable_sentence(monkeypatch, environment, missing, sentence):
    monkeypatch.setattr(display, "missing_libraries", lambda: missing)
    with pytest.raises(RespinError, match=sentence):
        choose_platform(environment)
    assert "QT_QPA_PLATFORM" not in environment


@linux
def test_the_program_says_so_and_ends_with_2():
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "DISPLAY": ":12345"}
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr


@linux
def test_libraries_that_are_not_there_are_named_by_their_package(monkeypatch):
    monkeypatch.setattr(display, "_OF_XCB", {"libno-such-thing.so.1": "libno-such-thing1"})
    assert missing_libraries() == ["libno-such-thing1"]


def test_software_opengl_on_demand():
    environment: dict[str, str] = {}
    prefer_software(environment)
    assert environment == {"LIBGL_ALWAYS_SOFTWARE": "1"}
