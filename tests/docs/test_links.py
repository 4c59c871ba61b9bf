"""No link of the documents leads nowhere; the pictures are those of the script, and small."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from engine.synthesis import Mode
from tests.docs.pages import REPOSITORY, anchors, links, pages

PICTURES = REPOSITORY / "docs" / "pictures"
MOST = 3_000_000


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(page: Path):
    for link in links(page):
        if re.match(r"https?://[\w.-]+\.\w+(/\S*)?$", link):
            continue
        assert ":" not in link, f"{link} is no address"
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists() and REPOSITORY in (target, *target.parents), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.fixture(scope="module")
def script():
    """docs/pictures.py as a module."""
    place = importlib.util.spec_from_file_location("pictures", REPOSITORY / "docs" / "pictures.py")
    assert place is not None and place.loader is not None
    module = importlib.util.module_from_spec(place)
    before = list(sys.path)
    place.loader.exec_module(module)
    sys.path[:] = before
    return module


def test_every_picture_is_the_script_s_is_shown_and_is_small(script):
    there = {path.name for path in PICTURES.iterdir()}
    shown = {Path(link).name for page in pages() for link in links(page) if "pictures/" in link}
    assert there == {f"{name}.png" for name in script.DRAWN} == shown
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < MOST


def test_the_script_still_draws_every_picture(script, qapp, tiny_bundle: Path, tmp_path: Path, monkeypatch):
    """With random weights: that it draws, not what."""
    monkeypatch.setattr(script, "PATIENCE_S", 120)
    script.main([], tmp_path, tiny_bundle, Mode.PRIOR)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in PICTURES.iterdir()}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.iterdir())
