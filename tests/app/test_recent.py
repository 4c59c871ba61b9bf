"""What was opened before."""

from __future__ import annotations

from pathlib import Path

from app.state.preferences import Preferences
from app.state.recent import MOST, forget, remember, titles


def test_the_latest_is_first_and_each_is_there_once():
    preferences = Preferences()
    for name in ("a", "b", "a"):
        remember(preferences, Path("/scans") / name)
    assert preferences.recent == ("/scans/a", "/scans/b")
    assert preferences.folder == "/scans"


def test_the_oldest_is_let_go():
    preferences = Preferences()
    for number in range(20):
        remember(preferences, Path(f"/scans/{number}"))
    assert len(preferences.recent) == MOST
    assert preferences.recent[0] == "/scans/19"


def test_equal_names_tell_their_folders():
    preferences = Preferences(recent=("/one/t1.nii", "/two/t1.nii", "/two/t2.nii"))
    assert [title for title, _ in titles(preferences)] == ["t1.nii (one)", "t1.nii (two)", "t2.nii"]


def test_the_list_can_be_emptied():
    preferences = Preferences(recent=("/one/t1.nii",), folder="/one")
    forget(preferences)
    assert preferences.recent == () and preferences.folder == "/one"
