"""The whole story on random weights: plumbing, geometry, order, honesty; never image quality.

The small bundle's decoder starts near its draft, which is the source itself: results look like their source.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import brain
from engine.bundle import open_bundle
from engine.device import Device
from engine.errors import BadBundle, UnknownModality, UnsupportedScan
from engine.files import Scan, read
from engine.levels import Levels
from engine.modality import Modality
from engine.progress import Step, finish
from engine.synthesis import Mode, Request, Synthesis
from engine.translator import Translator, to_file_units
from engine.volume import Array, Volume
from tests.phantoms import phantom, write_phantom

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = Device("cpu", 1)
PRIOR = Request(Modality.T1, (Modality.T2,), Mode.PRIOR)
SHORTCUT = Request(Modality.T1, (Modality.T2,), Mode.SHORTCUT, steps=2)
SMALL: dict[str, Any] = {"shape": (32, 40, 24)}


@pytest.fixture(scope="module")
def translator(tiny_bundle: Path) -> Translator:
    return Translator(open_bundle(tiny_bundle), CPU)


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    return scan_of(tmp_path, **SMALL)


def scan_of(folder: Path, **wanted: Any) -> Scan:
    return read(write_phantom(folder / "head_t1.nii.gz", phantom(**wanted)))


def only(translator: Translator, scan: Scan, request: Request) -> Synthesis:
    (result,) = finish(translator.synthesize(scan, request))
    return result


def steps_of(translator: Translator, scan: Scan, request: Request) -> list[Step]:
    """Each once: a long part yields its step again and again."""
    return [step for step, _ in groupby(translator.synthesize(scan, request))]


def counted(owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The arguments of every call of a method from now on."""
    calls: list[Any] = []
    method: Callable[..., Any] = getattr(owner, name)

    def call(*given: Any) -> Any:
        calls.append(given)
        return method(*given)

    monkeypatch.setattr(owner, name, call)
    return calls


@pytest.mark.parametrize(
    "wanted",
    [
        {"orientation": "RAS"},
        {"orientation": "LPS"},
        {"orientation": "ASR", "rotation": 20.0},
        {"shape": (40, 50, 14), "spacing": (0.8, 0.8, 3.0), "orientation": "PIR"},
        {"shape": (20, 24, 18), "spacing": (2.0, 2.0, 2.0), "orientation": "SLA", "shift": (5.0, -8.0, 13.0)},
    ],
    ids=lambda wanted: "-".join(str(value) for value in wanted.values()),
)
def test_the_result_lies_on_the_source_voxel_for_voxel(translator: Translator, tmp_path: Path, wanted: dict[str, Any]):
    scan = scan_of(tmp_path, modality=Modality.T1CE, **SMALL | wanted)  # whose lesion is the brightest
    result = only(translator, scan, PRIOR).volume
    source = scan.volume
    assert result.shape == source.shape
    assert np.array_equal(result.affine, source.affine)
    assert result.oriented == source.oriented
    assert result.data.dtype == np.float32
    inside = source.data != 0
    assert np.all(result.data[~inside] == 0)
    assert np.all(result.data[inside] >= 0)
    alike = np.corrcoef(result.data[inside], source.data[inside])[0, 1]
    for axes in ((0,), (1,), (2,), (0, 1), (0, 1, 2)):
        flipped = np.flip(result.data, axes)
        assert alike > np.corrcoef(flipped[inside], source.data[inside])[0, 1] + 0.02
    assert alike > 0.7


def test_the_background_is_0_and_the_brain_is_not(translator: Translator, scan: Scan):
    result = only(translator, scan, PRIOR).volume.data
    assert np.array_equal(result != 0, scan.volume.data != 0)
    assert result[result != 0].min() >= 1
    assert 200 < np.median(result[result != 0]) < 1000


def test_0_and_1000_stand_at_the_levels_of_the_bundle():
    image = np.linspace(0, 2, 1001, dtype=np.float32).reshape(7, 11, 13)
    inside = image > 0.05
    units = to_file_units(image, inside, Levels(0.5, 1.25))
    np.testing.assert_allclose(units[image > 0.6], (image[image > 0.6] - 0.5) / 0.75 * 1000, rtol=1e-5)
    assert np.all(units[~inside] == 0)
    assert units[inside].min() == 1


def test_a_bundle_that_sharpens_sharpens_the_prior_alone_and_says_so(translator: Translator, scan: Scan):
    keen = Translator(replace(translator.bundle, sharpening=0.5), translator.device)
    plain, sharp = only(translator, scan, PRIOR), only(keen, scan, PRIOR)
    inside = scan.volume.data != 0
    assert sharp.record["sharpening"] == 0.5 and plain.record["sharpening"] == 0
    assert sharp.volume.data[inside].std() > plain.volume.data[inside].std()
    assert np.array_equal(sharp.volume.data != 0, plain.volume.data != 0)
    sampled = only(keen, scan, SHORTCUT)
    assert sampled.record["sharpening"] == 0
    assert np.array_equal(sampled.volume.data, only(translator, scan, SHORTCUT).volume.data)


def test_stages_come_in_their_order(translator: Translator, scan: Scan):
    request = replace(SHORTCUT, targets=(Modality.T2, Modality.FLAIR))
    stages = [step.stage for step in steps_of(translator, scan, request)]
    a_target = ["ms-spade", "denoise", "denoise", "denoise", "decode", "place"]
    assert stages == ["prepare", "load", "encode", *a_target, *a_target]


def test_denoise_tells_where_it_stands(translator: Translator, scan: Scan):
    steps = [step for step in steps_of(translator, scan, replace(SHORTCUT, steps=3)) if step.stage == "denoise"]
    assert steps == [Step("denoise", done, 3) for done in range(4)]


def test_prior_takes_no_step(translator: Translator, scan: Scan):
    assert "denoise" not in {step.stage for step in steps_of(translator, scan, PRIOR)}


def test_the_bundle_says_mode_and_steps_where_nobody_does(translator: Translator, scan: Scan):
    result = only(translator, scan, Request(Modality.T1, (Modality.T2,)))
    assert result.record["mode"] == "shortcut"
    assert result.record["steps"] == translator.bundle.steps[Mode.SHORTCUT] == 1


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.REFERENCE])
def test_the_other_modes_run(translator: Translator, scan: Scan, mode: Mode):
    result = only(translator, scan, replace(SHORTCUT, mode=mode))
    assert np.isfinite(result.volume.data).all()
    assert result.record["mode"] == mode.value
    assert result.record["start_timestep"] is None


def test_one_encode_serves_all_targets_and_samples(translator: Translator, scan: Scan, monkeypatch: pytest.MonkeyPatch):
    finish(translator.synthesize(scan, PRIOR))
    stages = translator._stages
    assert stages is not None
    encoded, transformed, decoded = (counted(stages, name, monkeypatch) for name in ("encode", "transform", "decode"))
    request = replace(SHORTCUT, targets=(Modality.T1CE, Modality.T2, Modality.FLAIR), samples=2)
    results = finish(translator.synthesize(scan, request))
    assert [result.target for result in results] == list(request.targets)
    assert (len(encoded), len(transformed), len(decoded)) == (1, 3, 6)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not np.array_equal(results[one].volume.data, results[other].volume.data)


def test_a_seed_gives_the_same_result_in_another_translator(translator: Translator, scan: Scan, tiny_bundle: Path):
    first = only(translator, scan, SHORTCUT)
    again = only(Translator(open_bundle(tiny_bundle), CPU), scan, SHORTCUT)
    other = only(translator, scan, replace(SHORTCUT, seed=7))
    assert np.array_equal(first.volume.data, again.volume.data)
    assert not np.array_equal(first.volume.data, other.volume.data)


def test_several_samples_give_their_mean_and_their_spread(translator: Translator, scan: Scan):
    singles = [only(translator, scan, replace(SHORTCUT, seed=5 + n)).volume.data for n in range(3)]
    result = only(translator, scan, replace(SHORTCUT, seed=5, samples=3))
    np.testing.assert_allclose(result.volume.data, np.mean(singles, axis=0), atol=0.01)
    assert result.uncertainty is not None
    np.testing.assert_allclose(result.uncertainty.data, np.std(singles, axis=0), atol=0.01)
    assert result.uncertainty.data.max() > 0
    assert np.array_equal(result.uncertainty.affine, scan.volume.affine)
    assert result.record["samples"] == 3


def test_one_sample_has_no_uncertainty(translator: Translator, scan: Scan):
    assert only(translator, scan, SHORTCUT).uncertainty is None


def test_prior_is_one_sample_whatever_was_asked(translator: Translator, scan: Scan):
    result = only(translator, scan, replace(PRIOR, samples=3))
    assert result.uncertainty is None
    assert result.record["samples"] == 1


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(Modality.T1, (Modality.PD,)), "cannot make PD from T1; from T1 it makes t1ce, t2, flair"),
        (Request(Modality.T1, (Modality.T1,)), "cannot make T1 from T1"),
        (Request(Modality.PD, (Modality.T2,)), "from PD it makes nothing"),
        (Request(Modality.T1, (Modality.T2, Modality.PD)), "cannot make PD from T1"),
    ],
)
def test_a_target_that_was_never_trained_is_refused_before_any_work(
    translator: Translator, scan: Scan, request_: Request, words: str
):
    with pytest.raises(UnknownModality, match=words):
        next(translator.synthesize(scan, request_))


def test_a_mode_that_the_model_recommends_no_steps_for_asks_for_them(tiny_bundle: Path, scan: Scan):
    bundle = open_bundle(tiny_bundle)
    older = Translator(replace(bundle, steps={}), CPU)
    with pytest.raises(BadBundle, match="recommends no steps for full"):
        next(older.synthesize(scan, replace(SHORTCUT, mode=Mode.FULL, steps=None)))
    assert next(older.synthesize(scan, SHORTCUT)).stage


def test_a_scan_that_is_no_brain_is_refused(translator: Translator, scan: Scan):
    empty = replace(scan, volume=scan.volume.with_data(np.zeros_like(scan.volume.data)))
    with pytest.raises(UnsupportedScan, match="constant"):
        finish(translator.synthesize(empty, PRIOR))


def test_altered_weights_are_never_run(tiny_bundle: Path, scan: Scan):
    bundle = open_bundle(tiny_bundle)
    altered = replace(bundle, hashes=bundle.hashes | {"decoder.onnx": "0" * 64})
    with pytest.raises(BadBundle, match=r"decoder\.onnx .* altered"):
        finish(Translator(altered, CPU).synthesize(scan, PRIOR))


@pytest.fixture
def half_brain(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Brain extraction that keeps the patient's right half; the threads that it was given."""
    threads: list[int | None] = []

    def extract(volume: Volume, count: int | None = None):
        threads.append(count)
        yield Step("brain", 0, 2)
        yield Step("brain", 1, 2)
        grid = np.stack(np.indices(volume.shape), axis=-1)
        right = volume.ras(grid)[..., 0] > volume.centre[0]
        return volume.with_data(np.where(right, volume.data, 0))

    monkeypatch.setattr(brain, "has_skull", lambda volume: True)
    monkeypatch.setattr(brain, "extract", extract)
    return threads


def test_a_skull_is_taken_off_first(translator: Translator, scan: Scan, half_brain: list[int | None]):
    steps = steps_of(translator, scan, PRIOR)
    assert [step.stage for step in steps[:3]] == ["brain", "brain", "prepare"]
    assert half_brain == [CPU.threads]
    result = only(translator, scan, PRIOR)
    i = np.indices(scan.volume.shape)[0]
    right: Array = i > (scan.volume.shape[0] - 1) / 2
    assert np.array_equal(result.volume.data != 0, (scan.volume.data != 0) & right)
    assert any("skull" in warning for warning in result.warnings)
    assert "brain" in result.seconds


def test_without_a_skull_nothing_is_said_of_one(translator: Translator, scan: Scan):
    result = only(translator, scan, PRIOR)
    assert not any("skull" in warning for warning in result.warnings)
    assert "brain" not in result.seconds


def test_warnings_of_the_scan_come_along_once(translator: Translator, scan: Scan):
    told = replace(scan, warnings=("Two headers differ.", "Two headers differ."))
    assert only(translator, told, PRIOR).warnings.count("Two headers differ.") == 1


def test_cautions_about_the_scan_go_into_the_result(translator: Translator, scan: Scan):
    warnings = only(translator, replace(scan, synthetic=True), PRIOR).warnings
    assert warnings[0].startswith("head_t1.nii.gz is synthetic itself")
    assert warnings[1].startswith("No brain is seen: what is not 0 measures ")


def test_it_can_be_cancelled_at_every_step(translator: Translator, scan: Scan, half_brain: list[int | None]):
    expected = only(translator, scan, SHORTCUT)
    total = len(steps_of(translator, scan, SHORTCUT))
    assert total == 11
    for taken in range(total + 1):
        work = translator.synthesize(scan, SHORTCUT)
        for _ in range(taken):
            next(work)
        work.close()
        with pytest.raises(StopIteration):
            next(work)
    assert np.array_equal(only(translator, scan, SHORTCUT).volume.data, expected.volume.data)


def test_a_first_synthesis_can_be_cancelled_too(tiny_bundle: Path, scan: Scan):
    """Before the weights were ever loaded, and half-way through loading."""
    fresh = Translator(open_bundle(tiny_bundle), CPU)
    for stage in ("prepare", "load", "encode", "ms-spade"):
        work = fresh.synthesize(scan, SHORTCUT)
        assert any(step.stage == stage for step in work)
        work.close()
    assert np.isfinite(only(fresh, scan, SHORTCUT).volume.data).all()


def test_weights_are_loaded_once(translator: Translator, scan: Scan):
    finish(translator.synthesize(scan, SHORTCUT))
    kept = translator._stages, translator._refiner
    finish(translator.synthesize(scan, SHORTCUT))
    assert (translator._stages, translator._refiner) == kept


def test_the_source_is_not_changed(translator: Translator, scan: Scan):
    before = scan.volume.data.copy()
    finish(translator.synthesize(scan, SHORTCUT))
    assert np.array_equal(scan.volume.data, before)


def test_the_record_says_how_it_was_made(translator: Translator, scan: Scan):
    result = only(translator, scan, replace(SHORTCUT, seed=11))
    record = json.loads(json.dumps(result.record))
    assert record == result.record
    assert record | {"model": "tiny", "mode": "shortcut", "steps": 2, "seed": 11, "samples": 1} == record
    assert record["model_hash"] == translator.bundle.hash
    assert record["start_timestep"] == translator.bundle.starts[Modality.T1, Modality.T2]
    assert record["device"] == "cpu, 1 thread"
    assert "1 mm" in record["preprocessing"]


def test_seconds_are_told_by_stage(translator: Translator, scan: Scan):
    request = replace(SHORTCUT, targets=(Modality.T2, Modality.FLAIR))
    first, second = finish(translator.synthesize(scan, request))
    for result in (first, second):
        stages = {key: value for key, value in result.seconds.items() if key != "total"}
        assert set(stages) == {"prepare", "load", "encode", "ms-spade", "denoise", "decode", "place"}
        assert result.seconds["total"] == pytest.approx(sum(stages.values()))
        assert min(stages.values()) >= 0
    assert first.seconds["encode"] == second.seconds["encode"]
