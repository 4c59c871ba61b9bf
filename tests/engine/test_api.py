"""The names that a notebook imports from `engine`: fetched when used, the same objects as in their files."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

import engine
from engine import Translator, Volume, open_bundle
from engine.device import Device
from engine.errors import UnknownModality
from tests.phantoms import phantom
from tests.test_contracts import HEAVY, loaded_after

DOCTESTED = ("engine", "engine.volume", "engine.modality")


def test_importing_the_package_and_most_names_loads_nothing_heavy():
    assert not loaded_after("import engine") & {*HEAVY, "numpy", "nibabel"}
    assert not loaded_after("from engine import Volume, open_bundle, read, Request, choose, save") & set(HEAVY)


@pytest.mark.parametrize("name", engine.__all__)
def test_every_name_is_the_one_of_its_file_and_is_documented(name: str):
    thing = getattr(engine, name)
    assert thing.__module__.startswith("engine.") and thing.__doc__
    assert getattr(importlib.import_module(thing.__module__), name) is thing and name in dir(engine)


def test_another_name_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = engine.nothing


@pytest.mark.parametrize("name", DOCTESTED)
def test_the_examples_of_the_docstrings_hold(name: str):
    module = importlib.import_module(name)
    done = doctest.testmod(module)
    assert done.attempted and not done.failed


def test_five_lines_from_an_array_to_another_contrast(tiny_bundle: Path):
    head = phantom()
    volume = Volume(head.data, head.affine)
    translator = Translator(open_bundle(tiny_bundle), Device("cpu", 1))
    made = translator.translate(volume, "t1", "t2", mode="prior")
    assert made.volume.shape == volume.shape and np.array_equal(made.volume.affine, volume.affine)
    assert made.volume.data.any() and made.record["model"] == "tiny"
    with pytest.raises(UnknownModality, match="'x-ray' is not a contrast"):
        translator.translate(volume, "t1", "x-ray")
