"""The sample that ships: what it is, how it lies, and that its script still makes it."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from engine.brain import has_skull
from engine.files import read
from engine.modality import Modality

CEREBELLUM = (25.0, -65.0, -40.0)
WHITE_MATTER = (28.0, -22.0, 30.0)
VENTRICLE = (-7.0, 12.0, 14.0)
UNDER_THE_FOREHEAD = (25.0, 65.0, -40.0)
OVER_THE_VERTEX = (0.0, -20.0, 88.0)


def test_it_is_a_t1_without_skull(sample: Path):
    scan = read(sample)
    assert scan.modality is Modality.T1
    assert not scan.synthetic
    assert not scan.warnings
    assert not has_skull(scan.volume)


def test_it_lies_as_its_header_says(sample: Path):
    """Front and back, top and bottom by anatomy; left and right of this template are the same."""
    volume = read(sample).volume
    assert volume.orientation == "RAS"
    assert volume.intensity(CEREBELLUM)
    assert volume.intensity(UNDER_THE_FOREHEAD) == 0
    assert volume.intensity(OVER_THE_VERTEX) == 0
    bright, dark = volume.intensity(WHITE_MATTER), volume.intensity(VENTRICLE)
    assert bright is not None and dark is not None
    assert bright > 2 * dark


def test_its_terms_lie_beside_it(sample: Path):
    notice = sample.with_name("NOTICE.txt").read_text(encoding="utf-8")
    assert sample.name in notice
    assert "McConnell Brain Imaging Centre" in notice
    assert "not a person" in notice
    assert sample.stat().st_size < 3e6


def test_the_script_makes_it(sample: Path):
    if importlib.util.find_spec("nilearn") is None:
        pytest.skip("nilearn is not installed (pip install --no-deps nilearn==0.14.1)")
    spec = importlib.util.spec_from_file_location("make_sample", sample.with_name("make_sample.py"))
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made, shipped = (
        np.frombuffer(gzip.decompress(data), np.uint8) for data in (script.make_sample(), sample.read_bytes())
    )
    assert np.array_equal(made, shipped)
