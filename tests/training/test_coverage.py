"""The command that calibrates: from scans to a manifest, and to a map that says on what it was calibrated."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.bundle import open_bundle
from engine.device import Device
from engine.errors import RespinError
from engine.files import read
from engine.modality import Modality
from engine.preprocess import to_model
from engine.progress import finish
from engine.stages import Stages
from engine.synthesis import Mode, Request
from engine.translator import Translator
from tests.training.conftest import NAMES
from training import coverage
from training.coverage import calibrate
from training.data import find_subjects
from training.evaluate import ways_of

pytestmark = pytest.mark.usefixtures("one_thread_for_training")


@pytest.fixture(scope="module")
def model(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def table(folder: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return calibrate(folder, model, tmp_path_factory.mktemp("kept"), ways_of("prior"), NAMES, 0.8, threads=1)


def test_the_table_tells_level_subjects_and_directions(table: str):
    assert "| prior | 50 % | 60 % | 70 % | 80 % |" in table
    for row in (*NAMES, "T1 → T2", "all"):
        assert f"| {row} |" in table


def test_a_result_says_what_its_map_means(folder: Path, model: Path, table: str):
    bundle = open_bundle(model)
    bundle.verify()
    scan = read(find_subjects(folder)["one"][Modality.T1])
    request = Request(Modality.T1, (Modality.T2,), Mode.PRIOR)
    (made,) = finish(Translator(bundle, Device("cpu", 1)).synthesize(scan, request))
    assert made.uncertainty is not None
    assert np.all((made.uncertainty.data > 0) == (scan.volume.data != 0))
    told = made.record["uncertainty"]
    assert (told["level"], told["calibrated_on"]) == (0.8, sorted(NAMES))
    assert told["median"] == pytest.approx(np.median(made.uncertainty.data[scan.volume.data != 0]), rel=0.02)


def test_what_is_measured_is_not_measured_twice(
    folder: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    names = NAMES[:2]
    calibrate(folder, model, tmp_path, ways_of("prior"), names, 0.8, threads=1)

    def never(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(coverage.Slabs, "errors", never)
    calibrate(folder, model, tmp_path, ways_of("prior"), names, 0.9, threads=1)
    calibration = open_bundle(model).calibration
    assert calibration is not None
    assert (calibration.level, calibration.subjects) == (0.9, tuple(sorted(names)))


def test_a_bundle_that_answers_otherwise_is_measured_anew(folder: Path, model: Path, tmp_path: Path):
    other = Path(shutil.copytree(model, tmp_path / "tiny"))
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    before = coverage._answers(open_bundle(other))
    for change, same in (
        ({"calibration": None}, True),
        ({"sharpening": 0.25}, False),
        ({"sampling": manifest["sampling"] | {"steps": {"shortcut": 7, "full": 20, "reference": 200}}}, False),
    ):
        (other / "manifest.json").write_text(json.dumps(manifest | change), encoding="utf-8")
        assert (coverage._answers(open_bundle(other)) == before) is same


def test_the_encoder_sees_what_lies_around_a_slab(folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch):
    paths = find_subjects(folder)["one"]
    scans = {m: read(paths[m]) for m in (Modality.T1, Modality.T2)}
    shown: list[int] = []
    encode = Stages.encode

    def watched(self: Stages, image: np.ndarray, source: int):
        shown.append(image.shape[2])
        return encode(self, image, source)

    monkeypatch.setattr(Stages, "encode", watched)
    (way,) = ways_of("prior")
    slabs = coverage.Slabs(open_bundle(model), Device("cpu", 1), 4)
    ((_, errors),) = slabs.errors(scans, Modality.T1, way)
    image, _ = to_model(scans[Modality.T1].volume, slabs.bundle.preset.grid)
    assert shown == [min(4 + 2 * 12, image.shape[2])]
    assert 0 < 3 * len(errors.error) < 4 * image.shape[0] * image.shape[1]


def test_one_subject_and_unknown_ones_are_refused(folder: Path, model: Path, tmp_path: Path):
    with pytest.raises(RespinError, match="two subjects at least"):
        calibrate(folder, model, tmp_path, ways_of("prior"), ["one"])
    with pytest.raises(RespinError, match="has no subject nobody"):
        calibrate(folder, model, tmp_path, ways_of("prior"), ["nobody", "one"])
