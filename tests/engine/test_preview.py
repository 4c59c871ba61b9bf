"""What is shown of a result that is still being made: the right slice, at its place, seldom enough."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import preview
from engine.bundle import open_bundle
from engine.device import Device
from engine.files import Scan, read
from engine.modality import Modality
from engine.preview import Preview, Previews
from engine.progress import Step, finish
from engine.synthesis import Mode, Request
from engine.translator import Translator
from tests.phantoms import lesion_ras, phantom, write_phantom

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def translator(tiny_bundle: Path) -> Translator:
    return Translator(open_bundle(tiny_bundle), Device("cpu", 1))


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview at every step."""
    monkeypatch.setattr(preview, "_SHORTEST", 0.0)
    monkeypatch.setattr(preview, "_SHARE", 1e9)


def scan_of(folder: Path, orientation: str = "RAS", rotation: float = 0.0) -> Scan:
    head = phantom((40, 48, 44), orientation=orientation, rotation=rotation, modality=Modality.T1CE)
    return read(write_phantom(folder / "head_t1ce.nii.gz", head))


def request(scan: Scan, steps: int = 2) -> Request:
    at = tuple(float(v) for v in lesion_ras(phantom((40, 48, 44))))
    return Request(Modality.T1CE, (Modality.T2,), Mode.SHORTCUT, steps=steps, preview=(at[0], at[1], at[2]))


def previews_of(translator: Translator, scan: Scan, wanted: Request) -> list[tuple[Step, Preview]]:
    return [(step, step.preview) for step in translator.synthesize(scan, wanted) if step.preview is not None]


@pytest.mark.parametrize(("orientation", "rotation"), [("RAS", 0.0), ("LPS", 0.0), ("PIR", 0.0), ("ASR", 15.0)])
def test_it_lies_where_the_result_will_lie(translator: Translator, tmp_path: Path, orientation: str, rotation: float):
    """The tiny decoder starts near its draft, the source: the bright lesion is found at its world place."""
    scan = scan_of(tmp_path, orientation, rotation)
    (_, seen), *_ = previews_of(translator, scan, request(scan))
    lesion = lesion_ras(phantom((40, 48, 44)))  # the anatomy stands still, only the grid is turned
    here, slab = seen.volume.intensity(lesion), seen.volume.data
    assert here is not None and here > 1.1 * float(np.median(slab[slab != 0]))
    assert seen.target is Modality.T2


def test_it_looks_like_the_result(translator: Translator, tmp_path: Path, often: None):
    scan = scan_of(tmp_path)
    wanted = request(scan, steps=3)
    *_, (_, last) = previews_of(translator, scan, wanted)
    (result,) = finish(translator.synthesize(scan, wanted))
    grid = np.stack(np.meshgrid(*map(np.arange, last.volume.shape), indexing="ij"), axis=-1)
    places = np.rint(result.volume.ijk(last.volume.ras(grid))).astype(int)
    inside = np.all((places >= 0) & (places < result.volume.shape), axis=-1)
    made = np.where(inside, result.volume.data[tuple(np.where(inside[..., None], places, 0).T)].T, 0)
    both = (made != 0) & (last.volume.data != 0)
    assert both.mean() > 0.2
    assert np.corrcoef(made[both], last.volume.data[both])[0, 1] > 0.8


def test_the_prior_is_shown_before_the_first_step(translator: Translator, tmp_path: Path, often: None):
    scan = scan_of(tmp_path)
    steps = [step for step, _ in previews_of(translator, scan, request(scan, steps=3))]
    assert steps == [Step("denoise", done, 3) for done in range(3)]


def test_nothing_is_decoded_that_nobody_looks_at(translator: Translator, tmp_path: Path, often: None):
    scan = scan_of(tmp_path)
    assert previews_of(translator, scan, replace(request(scan), preview=None)) == []


def test_the_result_is_the_same_with_previews_and_without(translator: Translator, tmp_path: Path, often: None):
    scan = scan_of(tmp_path)
    with_previews, without = (
        finish(translator.synthesize(scan, wanted))[0].volume.data
        for wanted in (request(scan), replace(request(scan), preview=None))
    )
    assert np.array_equal(with_previews, without)


@pytest.mark.parametrize(("height", "middle"), [(-500.0, 0), (0.0, 0), (21.0, 5), (500.0, 8)])
def test_the_slab_is_cut_around_the_point_and_inside(height: float, middle: int):
    previews = Previews(np.array([0.0, 0.0, height]), np.eye(4), depth=9, factor=4, oriented=True)
    assert previews.cut == slice(max(middle - 1, 0), min(middle + 2, 9))
    depth = (previews.cut.stop - previews.cut.start) * 4
    image = np.broadcast_to(np.arange(depth) + previews.cut.start * 4, (2, 3, depth)).astype(np.float32)
    made = previews.make(Modality.T2, lambda: image).volume
    assert made.shape == (2, 3, 4) and made.oriented
    assert [float(made.ras((0, 0, k))[2]) for k in range(4)] == list(made.data[0, 0])


def test_they_take_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr(preview.time, "perf_counter", lambda: now[0])
    previews = Previews(np.zeros(3), np.eye(4), depth=3, factor=4, oriented=True)

    def decode() -> np.ndarray:
        now[0] += 0.5
        return np.zeros((2, 2, 12), np.float32)

    spent = 0.0
    for _ in range(600):
        if previews.due:
            previews.make(Modality.T2, decode)
            spent += 0.5
        now[0] += 0.1
    assert 0.02 < spent / (now[0] - 100.0) < 0.1
