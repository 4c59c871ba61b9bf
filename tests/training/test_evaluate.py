"""Numbers by the engine's own definitions, beside floors that cost nothing."""

from pathlib import Path

import numpy as np
import pytest

from engine.bundle import open_bundle
from engine.device import Device
from engine.metrics import Scores, compare
from engine.modality import Modality
from engine.synthesis import FULL_SCALE, Mode
from engine.volume import Volume
from tests.training.conftest import FOUR, NAMES
from training.data import find_subjects
from training.evaluate import Row, evaluate, floor, learn_maps, read_case, to_csv, to_markdown

PAIR = (Modality.T1, Modality.T2)


@pytest.fixture(scope="module")
def maps(folder: Path):
    found = find_subjects(folder)
    return learn_maps([found[name] for name in NAMES])


def test_a_map_is_learnt_for_every_direction(maps: dict):
    assert set(maps) == {(source, target) for source in FOUR for target in FOUR if source is not target}
    assert all(np.all((curve >= 0) & (curve <= 1)) for curve in maps.values())


def test_the_map_inverts_what_a_monotone_change_did(folder: Path, maps: dict):
    """White matter is bright in T1 and dark in T2: the map knows, the copy does not."""
    case = read_case(find_subjects(folder)["one"])
    source, target = case[Modality.T1].volume, case[Modality.T2].volume
    mapped, copied = (floor(way, source, maps[PAIR]) for way in ("map", "copy"))
    assert compare(mapped, target)["mask"].nmse < 0.3 * compare(copied, target)["mask"].nmse


def test_a_copy_is_the_source_in_the_units_of_a_synthesis(folder: Path, maps: dict):
    source = read_case(find_subjects(folder)["one"])[Modality.T1].volume
    copied = floor("copy", source, maps[PAIR])
    assert np.array_equal(copied.affine, source.affine)
    assert copied.data.max() == pytest.approx(FULL_SCALE)
    assert np.all(copied.data[source.data == 0] == 0)
    scores = compare(copied, source)["mask"]
    assert scores.nmse < 1e-9


def test_every_direction_and_way_is_measured(folder: Path, maps: dict, tiny_bundle: Path, tmp_path: Path):
    cases = {"one": {m: find_subjects(folder)["one"][m] for m in (Modality.T1, Modality.T2)}}
    device = Device("cpu", 1)
    rows = list(evaluate(open_bundle(tiny_bundle), device, cases, maps, [Mode.PRIOR, Mode.FULL], samples=2))
    ways = [(row.source, row.target, row.way) for row in rows]
    expected = ("copy", "map", "prior", "full, mean of 2")
    assert sorted(ways, key=str) == sorted(((a, b, way) for a, b in (PAIR, PAIR[::-1]) for way in expected), key=str)
    assert all(0 <= row.r2 <= 1 and np.isfinite(row.scores["mask"].psnr) for row in rows)
    to_csv(rows, tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert lines[0] == "subject,source,target,way,region,psnr,nmse,ssim,r2"
    assert len(lines) == 1 + 2 * len(rows)


def row(subject: str, way: str, psnr: float, region_offset: float = 1.0) -> Row:
    scores = {"mask": Scores(psnr, 0.1, 0.5), "whole": Scores(psnr + region_offset, 0.2, 0.6)}
    return Row(subject, *PAIR, way, scores, 0.5)


def test_the_table_holds_means_over_subjects():
    rows = [row("a", "copy", 10), row("b", "copy", 20), row("a", "prior", 30), row("b", "prior", 31)]
    assert to_markdown(rows).splitlines() == [
        "| direction | copy | prior |",
        "|---|---|---|",
        "| T1 → T2 | 15.00 / 0.100 / 0.500 | 30.50 / 0.100 / 0.500 |",
    ]
    assert "| 16.00 / 0.200 / 0.600 |" in to_markdown(rows, "whole")


def test_the_floor_of_a_constant_direction_is_its_mean(folder: Path):
    source = read_case(find_subjects(folder)["one"])[Modality.T1].volume
    flat = floor("map", source, np.full(129, 0.25))
    assert isinstance(flat, Volume)
    assert set(np.unique(flat.data)) == {0.0, 250.0}
