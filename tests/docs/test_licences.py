"""The list of licences is that of what is installed."""

from __future__ import annotations

import importlib.util

from tests.test_contracts import REPOSITORY

PAGE = REPOSITORY / "docs" / "licences.md"


def script():
    """docs/licences.py as a module; docs is no package."""
    spec = importlib.util.spec_from_file_location("licences", PAGE.with_suffix(".py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(text: str) -> dict[str, str]:
    return {line.split("|")[1].strip(): line for line in text.splitlines() if line.count("|") == 5}


def test_the_list_is_current():
    """Of what is installed here; another system brings a few other packages."""
    listed, installed = rows(PAGE.read_text(encoding="utf-8")), rows(script().table())
    missing = {name: row for name, row in installed.items() if listed.get(name) != row}
    assert not missing, "run: python docs/licences.py"


def test_every_package_states_a_licence_that_lets_it_be_passed_on():
    for name, row in rows(PAGE.read_text(encoding="utf-8")).items():
        if row.endswith("| runs |"):
            assert "LGPL" in row or "GPL" not in row, name


def test_nothing_pinned_is_left_out():
    made = script()
    text = PAGE.read_text(encoding="utf-8")
    listed = {made._plain(name) for name in rows(text)}
    absent = text.rsplit(": ", 1)[1].rstrip(".\n").split(", ")
    assert listed | set(absent) >= set(made.pinned())
