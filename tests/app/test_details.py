"""What is told of a scan."""

from __future__ import annotations

import numpy as np

from app.state.details import details
from app.state.study import Entry
from engine.modality import Modality
from engine.synthesis import Request, Synthesis
from tests.app.conftest import record_of
from tests.app.test_slicing import scan_of
from tests.phantoms import phantom


def made(source: Entry, **changed: object) -> Entry:
    request = Request(Modality.T1, (Modality.T2,), seed=5)
    volume = source.scan.volume.with_data(source.scan.volume.data.astype(np.float32))
    seconds = {"encode": 1.25, "decode": 2.0, "total": 3.25}
    record = record_of(request) | changed
    return Entry.made(Synthesis(Modality.T1, Modality.T2, volume, None, seconds, record, ("It had a skull.",)), source)


def test_a_result_tells_how_it_was_made():
    told = dict(details(made(Entry.of(scan_of(phantom())))))
    assert told["Result"] == "synthetic T2 from T1"
    assert told["Model"].startswith("test (0123456789ab")
    assert told["Mode"] == "Standard: 4 steps, UniPC, Karras, from timestep 300"
    assert (told["Seed"], told["Samples"], told["Device"]) == ("5", "1", "cpu, 1 thread")
    assert told["Time"] == "3.2 s (encode 1.2, decode 2.0)"
    assert told["Warnings"] == "It had a skull." and told["Exported"] == "not yet"


def test_a_mode_without_steps_says_so():
    told = dict(details(made(Entry.of(scan_of(phantom())), mode="prior", steps=0, start_timestep=None)))
    assert told["Mode"] == "Preview: no refining steps"


def test_a_scan_from_a_file_tells_what_the_file_tells():
    real, synthetic = (Entry.of(scan_of(phantom(), synthetic=flag)) for flag in (False, True))
    assert dict(details(real))["What it is"] == "real"
    assert "sidecar" in dict(details(synthetic))["What it is"]
    assert dict(details(real))["Grid"].startswith("48 × 56 × 40 voxels")
