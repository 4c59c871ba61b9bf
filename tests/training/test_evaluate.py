"""The engine measured on whole subjects, beside floors that cost nothing; what is measured is never measured twice."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.bundle import open_bundle
from engine.device import Device
from engine.errors import RespinError
from engine.metrics import FULL_SCALE, compare
from engine.modality import Modality
from engine.synthesis import Mode
from tests.phantoms import write_phantom
from tests.training.conftest import FOUR, NAMES
from training import evaluate, report
from training.data import VALIDATION, find_subjects
from training.evaluate import Evaluation, Maps, Way, floor, learn_maps, read_case, teachers, ways_of

PAIR = (Modality.T1, Modality.T2)


@pytest.fixture(scope="module")
def maps(folder: Path) -> Maps:
    found = find_subjects(folder)
    return learn_maps([found[name] for name in NAMES])


def test_a_map_is_learnt_for_every_direction(maps: Maps):
    assert set(maps) == {(source, target) for source in FOUR for target in FOUR if source is not target}
    assert all(np.all((curve >= 0) & (curve <= 1)) for curve in maps.values())


def test_the_map_inverts_what_a_monotone_change_did(folder: Path, maps: Maps):
    """White matter is bright in T1 and dark in T2: the map knows, the copy does not."""
    case = read_case("one", find_subjects(folder)["one"])
    source, target = case.scans[Modality.T1].volume, case.scans[Modality.T2].volume
    mapped, copied = (floor(way, source, maps[PAIR]) for way in ("map", "copy"))
    assert compare(mapped, target)["mask"].nmse < 0.3 * compare(copied, target)["mask"].nmse


def test_an_intensity_that_nobody_met_takes_its_neighbours_value():
    total, count = np.zeros(129), np.zeros(129)
    total[[0, 128]], count[[0, 128]] = (4, 8), 8
    np.testing.assert_allclose(evaluate._curve(total, count), np.linspace(0.5, 1, 129))


def test_a_copy_is_the_source_in_the_units_of_a_synthesis(folder: Path, maps: Maps):
    source = read_case("one", find_subjects(folder)["one"]).scans[Modality.T1].volume
    copied = floor("copy", source, maps[PAIR])
    assert np.array_equal(copied.affine, source.affine)
    assert copied.data.max() == pytest.approx(FULL_SCALE)
    assert np.all(copied.data[source.data == 0] == 0)
    assert compare(copied, source)["mask"].nmse < 1e-9


def test_ways_are_named_by_words():
    assert ways_of("prior,shortcut,shortcut*4") == (Way(Mode.PRIOR), Way(Mode.SHORTCUT), Way(Mode.SHORTCUT, 4))
    assert [way.name for way in ways_of("full*2,prior*9")] == ["full, mean of 2", "prior"]
    for wrong in ("fast", "full*0", "full*x", ""):
        with pytest.raises(RespinError, match="is no way to evaluate"):
            ways_of(wrong)


def test_a_segmentation_beside_the_scans_is_read(folder: Path, tmp_path: Path):
    paths = {m: find_subjects(folder)["one"][m] for m in PAIR}
    assert read_case("one", paths).lesion is None
    copies = {m: tmp_path / path.name for m, path in paths.items()}
    for m, path in paths.items():
        copies[m].write_bytes(path.read_bytes())
    scan = read_case("one", paths).scans[Modality.T1].volume
    write_phantom(tmp_path / "one_seg.nii.gz", scan.with_data((scan.data > 0).astype(np.uint8)))
    lesion = read_case("one", copies).lesion
    assert lesion is not None
    assert np.array_equal(lesion != 0, scan.data > 0)


@pytest.fixture(scope="module")
def measured(folder: Path, maps: Maps, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory):
    cache = tmp_path_factory.mktemp("measured")
    paths = {m: find_subjects(folder)["one"][m] for m in PAIR}
    evaluation = Evaluation(open_bundle(tiny_bundle), Device("cpu", 1), maps, cache)
    return evaluation, paths, list(evaluation.rows("one", paths, ways_of("prior,full*2")))


def test_every_direction_and_way_is_measured(measured):
    _, _, rows = measured
    expected = {(a, b, way) for a, b in (PAIR, PAIR[::-1]) for way in ("copy", "map", "prior", "full, mean of 2")}
    expected |= {(m, m, "reconstruction") for m in PAIR}
    assert {(row.source, row.target, row.way) for row in rows} == expected
    assert len(rows) == len(expected)
    assert all(0 <= row.r2 <= 1 and np.isfinite(row.scores["mask"].psnr) for row in rows)


def test_what_is_measured_is_not_measured_again(measured, monkeypatch: pytest.MonkeyPatch):
    evaluation, paths, rows = measured

    def fail(*given: object):
        raise AssertionError("measured twice")

    monkeypatch.setattr(evaluate, "read_case", fail)
    again = Evaluation(evaluation.bundle, Device("cpu", 1), evaluation.maps, evaluation.cache)
    assert list(again.rows("one", paths, ways_of("prior,full*2"))) == rows


def test_another_scan_under_the_same_name_is_measured_anew(measured, tmp_path: Path):
    evaluation, paths, _ = measured
    before = evaluation.place("one", paths, Modality.T1, "floors")
    other = dict(paths)
    other[Modality.T2] = tmp_path / paths[Modality.T2].name
    other[Modality.T2].write_bytes(b"other")
    assert evaluation.place("one", other, Modality.T1, "floors") != before
    assert evaluation.place("one", paths, Modality.T1, "floors") == before


def test_one_encode_serves_all_ways(measured, monkeypatch: pytest.MonkeyPatch):
    evaluation, paths, _ = measured
    calls: list[int] = []
    real = evaluate.Stages.encode
    monkeypatch.setattr(evaluate.Stages, "encode", lambda self, image, i: calls.append(i) or real(self, image, i))
    case = read_case("one", paths)
    for way in ways_of("prior,full"):
        place = evaluation.cache / f"{way.mode.value}.json"
        assert len(list(evaluation._measure(case, Modality.T1, way, place))) == 1
    assert calls in ([0], [])


def test_the_command_writes_tables_numbers_pictures_and_the_card(folder: Path, tiny_bundle: Path, tmp_path: Path):
    import shutil

    model, out = Path(shutil.copytree(tiny_bundle, tmp_path / "tiny")), tmp_path / "out"
    text = report.evaluate(folder, [model], out, ways_of("prior"), [], threads=1, into_card=True)
    assert {path.name for path in out.iterdir()} == {
        "measured",
        "scores.csv",
        "tables.md",
        f"figure6_tiny_{VALIDATION[0]}_prior.png",
    }
    assert (out / "tables.md").read_text() == text
    for words in ("Table 1", "Table 2, prior", "Table 3, prior", "prior minus", "| reconstruction |"):
        assert words in text
    bundle = open_bundle(model)
    bundle.verify()
    assert "| T1 → T2 |" in bundle.card
    assert "Table 3" not in bundle.card


def test_unknown_subjects_are_refused(folder: Path, tiny_bundle: Path, tmp_path: Path):
    with pytest.raises(RespinError, match="has no subject nobody"):
        report.evaluate(folder, [tiny_bundle], tmp_path, ways_of("prior"), ["nobody"])


def test_subjects_that_a_card_names_as_training_data_are_refused(tiny_bundle: Path, tmp_path: Path):
    model = Path(shutil.copytree(tiny_bundle, tmp_path / "tiny"))
    (model / "MODEL_CARD.md").write_text(
        "# m\n\n## Data\n\nTrained on 2 subjects: one, two-b.\n\n## Validation\n\nthree\n"
    )
    bundle = open_bundle(model)
    report.check_unseen(bundle, ["three", "two"])
    for name in ("one", "two-b"):
        with pytest.raises(RespinError, match=f"was trained on {name}"):
            report.check_unseen(bundle, ["three", name])


def test_another_visit_of_a_training_subject_is_refused(tiny_bundle: Path, tmp_path: Path):
    model = Path(shutil.copytree(tiny_bundle, tmp_path / "tiny"))
    card = "# m\n\n## Data\n\nTrained on 1 subjects: BraTS-GLI-00005-100.\n\n## Validation\n\n"
    (model / "MODEL_CARD.md").write_text(card)
    report.check_unseen(open_bundle(model), ["BraTS-GLI-00006-100"])
    with pytest.raises(RespinError, match="BraTS-GLI-00005-101"):
        report.check_unseen(open_bundle(model), ["BraTS-GLI-00005-101"])


def test_real_subjects_teach_the_map_where_there_are_any():
    assert teachers(dict.fromkeys(["OMS-26", "OMS-07", "Phantom_00000"])) == ["OMS-07"]
    phantoms = dict.fromkeys(f"Phantom_{n:05d}" for n in range(6))
    assert set(teachers(phantoms)) <= set(phantoms)
    assert teachers(phantoms)
