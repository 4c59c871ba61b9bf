"""Damaged input of every kind is read, or refused in one sentence. `python -m tests.fuzz` does the same at length."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import KINDS
from tests.fuzz.damage import damages
from tests.fuzz.judge import said
from tests.fuzz.seeds import FAMILIES, Seed, seeds

FOUND = sorted((Path(__file__).parent / "fuzz" / "found").glob("*.bytes"))
"""What once raised, hung or filled the memory. The name says to which kind of input it belongs."""
_QUIET = settings(
    max_examples=12 * KINDS // len(FAMILIES),
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Seed]]:
    return {family: seeds(tmp_path_factory.mktemp("fuzz"), family) for family in FAMILIES}


def test_every_kind_is_sound_before_it_is_damaged(sound: dict[str, dict[str, Seed]]):
    kinds = {name: kind for family in sound.values() for name, kind in family.items()}
    assert len(kinds) == KINDS
    for name, kind in kinds.items():
        assert kind.use(kind.content) is not None, name


@pytest.mark.parametrize("family", FAMILIES)
def test_a_damaged_input_is_taken_or_refused(sound: dict[str, dict[str, Seed]], family: str):
    @_QUIET
    @given(st.sampled_from(list(sound[family].values())), st.data())
    def attempt(kind: Seed, data: st.DataObject) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what pydicom and nibabel think of it is not the matter here
            assert said(kind.use, data.draw(damages(kind))) is None

    attempt()


@pytest.mark.parametrize("found", FOUND, ids=lambda path: path.stem)
def test_what_was_found_stays_mended(sound: dict[str, dict[str, Seed]], found: Path):
    name = found.name.split(".")[0]
    kind = sound[name.split("-")[0]][name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert said(kind.use, found.read_bytes()) is None


def test_there_is_something_to_stay_mended():
    assert FOUND
