"""Raw sessions: heads on grids of their own. A known motion is undone, and left is never taken for right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.device import Device
from engine.files import read
from engine.modality import Modality
from engine.progress import Step
from engine.volume import Volume
from tests.phantoms import LESION, phantom, write_phantom
from training import clinical
from training.clinical import Session, read_session
from training.evaluate import ways_of

T1, T2 = Modality.T1, Modality.T2
SHAPE, SPACING = (64, 72, 56), (2.5, 2.5, 2.5)
THICK_SHAPE, THICK = (80, 90, 28), (2.0, 2.0, 5.0)
BY = (6.0, -4.0, 5.0)


def head(modality: Modality, orientation: str, thick: bool, by=(0.0, 0.0, 0.0)) -> Volume:
    """A head with skull, the whole grid moved by some mm, as if the patient had."""
    shape, spacing = (THICK_SHAPE, THICK) if thick else (SHAPE, SPACING)
    volume = phantom(shape, spacing, orientation, modality, skull=True)
    affine = volume.affine.copy()
    affine[:3, 3] += by
    return replace(volume, affine=affine)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clinical")
    (made / "one").mkdir()
    write_phantom(made / "one" / "t1.nii.gz", head(T1, "LPS", thick=False))
    write_phantom(made / "one" / "t2.nii.gz", head(T2, "RAS", thick=True, by=BY))
    return made


@pytest.fixture(scope="module", autouse=True)
def brains_by_formula():
    """The phantom's own brain, wherever its head lies: extraction is tested elsewhere."""

    def extract(volume: Volume, threads: int | None = None):
        yield Step("brain", 0, 1)
        half = np.array([160.0, 180.0, 140.0]) / 2
        grid = np.stack(np.meshgrid(*map(np.arange, volume.shape), indexing="ij"), axis=-1)
        point = (volume.ras(grid) - volume.centre) / half
        inside = np.sum((point / (0.78, 0.82, 0.8)) ** 2, axis=-1) <= 1
        yield Step("brain", 1, 1)
        return volume.with_data(np.where(inside, np.maximum(volume.data, 1), 0))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clinical, "extract", extract)
        yield


@pytest.fixture(scope="module")
def session(sessions: Path) -> Session:
    return read_session("one", {T1: sessions / "one" / "t1.nii.gz", T2: sessions / "one" / "t2.nii.gz"})


def test_a_known_shift_is_found_both_ways(session: Session):
    np.testing.assert_allclose(session.moved(T1, T2), BY, atol=1.0)
    np.testing.assert_allclose(session.moved(T2, T1), np.negative(BY), atol=1.0)


def test_the_truth_lies_on_the_source(session: Session):
    """The ventricles, bright in T2 and dark in T1, lie where the source has them."""
    truth, source = session.truth(T1, T2), session.scans[T1].volume
    assert truth.shape == source.shape
    assert np.array_equal(truth.affine, source.affine)
    still = phantom(SHAPE, SPACING, "LPS", T2)  # never moved, on the source's grid
    inside = (truth.data != 0) & (still.data != 0)
    assert np.corrcoef(truth.data[inside], still.data[inside])[0, 1] > 0.85


@pytest.mark.parametrize(("source", "target"), [(T1, T2), (T2, T1)])
def test_left_and_right_are_never_exchanged(session: Session, source: Modality, target: Modality):
    """The one lesion, on the patient's right, is on the right of the truth on either grid (LPS and RAS)."""
    truth = session.truth(source, target)
    half = np.array([160.0, 180.0, 140.0]) / 2
    middle = truth.centre
    there, mirrored = (middle + np.array(at) * half for at in (LESION, (-LESION[0], *LESION[1:])))
    wm = middle + np.array((-0.35, 0.3, 0.25)) * half
    values = [truth.intensity(point) for point in (there, mirrored, wm)]
    assert None not in values
    lesion, other, tissue = (float(value) for value in values if value is not None)
    assert other == pytest.approx(tissue)
    assert abs(lesion - tissue) > 0.2 * tissue


def test_the_truth_is_0_outside_the_brain(session: Session):
    truth = session.truth(T1, T2)
    assert not truth.data[session.brains[T1].data == 0].any()
    assert (truth.data != 0).sum() > 0.9 * (session.brains[T1].data != 0).sum()


def test_the_command_measures_every_direction(sessions: Path, folder: Path, tiny_bundle: Path, tmp_path: Path):
    text = clinical.evaluate(sessions, tiny_bundle, tmp_path, ways_of("prior"), folder, threads=1)
    assert "| direction | copy | map | prior |" in text
    assert "| T1 → T2 |" in text and "| T2 → T1 |" in text
    assert "T1 and T2 8." in text or "T1 and T2 9." in text  # |BY| is 8.8 mm
    assert (tmp_path / "clinical.md").read_text() == text
    assert {path.name for path in tmp_path.iterdir()} == {
        "clinical.md",
        "scores.csv",
        "one_t1_prior.png",
        "one_t2_prior.png",
    }


def test_without_subjects_to_learn_from_there_is_no_map(sessions: Path, tiny_bundle: Path, tmp_path: Path):
    text = clinical.evaluate(sessions, tiny_bundle, tmp_path, (), None, threads=1)
    assert "| direction | copy | shortcut |" in text


def test_floors_know_nothing_of_the_truth(session: Session, tiny_bundle: Path, tmp_path: Path):
    """A copy of T1 is far from T2; the truth itself would be perfect."""
    from engine.bundle import open_bundle
    from engine.translator import Translator

    translator = Translator(open_bundle(tiny_bundle), Device("cpu", 1))
    rows = list(clinical.measure(session, translator, ways_of("prior"), {}, tmp_path))
    assert {(row.source, row.target, row.way) for row in rows} == {
        (source, target, way) for source, target in ((T1, T2), (T2, T1)) for way in ("copy", "prior")
    }
    copies = [row for row in rows if row.way == "copy"]
    assert all(row.scores["mask"].psnr < 15 for row in copies)
    assert read(session.scans[T1].path).volume.shape == session.brains[T1].shape
