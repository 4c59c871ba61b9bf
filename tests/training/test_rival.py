"""Learnt floors stand in the tables beside copy and map, and only beside the bundle they were fitted for."""

import json
import shutil
from pathlib import Path

import pytest

from engine.bundle import open_bundle
from engine.device import Device
from engine.errors import RespinError
from engine.files import read
from tests.training.conftest import FOUR
from training import report
from training.baselines.fitting import fit
from training.baselines.rival import KINDS, open_rivals
from training.data import VALIDATION, find_subjects
from training.evaluate import Evaluation, learn_maps, ways_of
from training.launch import launch
from training.scoring import Row
from training.stages import Watch

SETTINGS = ("steps=2", "crop=24", "batch=1", "crop_cooldown=24", "batch_cooldown=1")


@pytest.fixture(scope="module")
def run(folder: Path, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("floors")
    for kind in KINDS:
        fit(kind, folder, open_bundle(tiny_bundle), made, SETTINGS, launch(1), Watch())
    return made


@pytest.fixture(scope="module")
def told(folder: Path, tiny_bundle: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("out")
    return report.evaluate(folder, [tiny_bundle], out, ways_of("prior"), [], threads=1, baselines=[run]), out


def test_every_table_shows_them(told: tuple[str, Path]):
    text, out = told
    assert "| direction | copy | map | regression | pix2pix | prior |" in text
    assert all(f"Table 2, {kind}" in text for kind in KINDS)
    assert "| prior minus | copy | map | regression | pix2pix |" in text
    lines = (out / "scores.csv").read_text().splitlines()
    for kind in KINDS:
        assert len([line for line in lines if f",{kind},mask," in line]) == len(FOUR) * (len(FOUR) - 1)
        assert (out / f"figure6_tiny_{VALIDATION[0]}_{kind}.png").is_file()


def test_they_keep_the_scans_grid_and_background(folder: Path, tiny_bundle: Path, run: Path, tmp_path: Path):
    paths = find_subjects(folder)["one"]
    evaluation = Evaluation(open_bundle(tiny_bundle), Device("cpu", 1), {}, tmp_path, [run])
    source, target = FOUR[0], FOUR[2]
    scan = read(paths[source])
    for rival in evaluation.rivals:
        (made,) = evaluation._made(scan, source, (target,), rival)
        assert made.volume.shape == scan.volume.shape
        assert (made.volume.data[scan.volume.data == 0] == 0).all()
        assert made.volume.data[scan.volume.data != 0].min() >= 1


def test_weights_that_changed_are_measured_anew(folder: Path, tiny_bundle: Path, run: Path, tmp_path: Path):
    paths = find_subjects(folder)["one"]
    evaluation = Evaluation(open_bundle(tiny_bundle), Device("cpu", 1), learn_maps([paths]), tmp_path, [run])
    rival = evaluation.rivals[0]
    before = evaluation.place("one", paths, FOUR[0], rival)
    assert evaluation.place("one", paths, FOUR[0], rival) == before
    rival.digest = "other"
    assert evaluation.place("one", paths, FOUR[0], rival) != before


def test_rows_are_kept_like_all_others(told: tuple[str, Path]):
    kept = [Row.from_json(row) for path in told[1].rglob("*.json") for row in json.loads(path.read_text())]
    assert {"regression", "pix2pix"} <= {row.way for row in kept}


def test_a_floor_of_another_bundle_is_refused(run: Path, tiny_bundle: Path, tmp_path: Path):
    model = Path(shutil.copytree(tiny_bundle, tmp_path / "other"))
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["latent"]["mean"][0] += 0.5
    (model / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RespinError, match=r"regression does not fit the model .* train the baseline for it"):
        Evaluation(open_bundle(model), Device("cpu", 1), {}, tmp_path, [run])


def test_a_run_of_another_bundle_is_not_gone_on_with(folder: Path, run: Path, tiny_bundle: Path, tmp_path: Path):
    shutil.copytree(run, tmp_path / "run")
    told = tmp_path / "run" / "regression" / "baseline.json"
    told.write_text(json.dumps(json.loads(told.read_text()) | {"encoder": "another"}))
    with pytest.raises(RespinError, match="was begun for another model"):
        fit("regression", folder, open_bundle(tiny_bundle), tmp_path / "run", SETTINGS, launch(1), Watch())


def test_an_empty_run_is_refused(tiny_bundle: Path, tmp_path: Path):
    evaluation = Evaluation(open_bundle(tiny_bundle), Device("cpu", 1), {}, tmp_path)
    with pytest.raises(RespinError, match="holds no baseline"):
        open_rivals([tmp_path], evaluation.bundle, Device("cpu", 1), evaluation.stages, evaluation.refiner)
