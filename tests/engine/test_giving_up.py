"""Cancel while torch runs the graphs of the shipped bundle: the layer under way is the last one that runs."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.assets import assets
from engine.bundle import open_bundle
from engine.device import Device
from engine.files import unsaved
from engine.modality import Modality
from engine.networks.model import GRAPHS
from engine.progress import finish
from engine.synthesis import Mode, Request, Synthesis
from engine.torch_graphs import TorchGraphs
from engine.translator import Translator
from tests.phantoms import phantom

pytestmark = pytest.mark.usefixtures("one_thread")

PATIENCE = 20.0
CPU = Device("cpu", 1, exact=True)
SCAN = unsaved(phantom((24, 24, 16)))
ASKED = Request(Modality.T1, (Modality.T2,), Mode.PRIOR)


class Watch:
    """Counts the layers that torch begins, whatever their network; waits at one of them until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.at = 0, -1
        self.entered, self.go = threading.Event(), threading.Event()

    def __call__(self, *_: object) -> None:
        self.begun += 1
        if self.begun == self.at:
            self.entered.set()
            if not self.go.wait(PATIENCE):
                raise TimeoutError("the test forgot its layer")


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    handle = register_module_forward_pre_hook(watching)
    yield watching
    handle.remove()


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator(open_bundle(), CPU)


@pytest.fixture(scope="module")
def expected(translator: Translator) -> Synthesis:
    return finish(translator.synthesize(SCAN, ASKED))[0]


@pytest.fixture(scope="module")
def graphs() -> TorchGraphs:
    return TorchGraphs(assets() / "models" / "compact", open_bundle().preset, CPU)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_stopped_graph_ends_at_its_next_layer_and_answers_again(graphs: TorchGraphs, watch: Watch, name: str):
    image = np.random.default_rng(0).uniform(0.5, 1.5, (1, 1, 16, 24, 16)).astype(np.float32)
    given = {"image": image, "source": np.array([0]), "target": np.array([2])}
    given |= zip(("z", "skip", "drafts"), graphs.run("encoder", given), strict=True)
    expected = graphs.run(name, given)
    watch.at = watch.begun + 4
    with ThreadPoolExecutor(1) as beside:
        answer = beside.submit(graphs.run, name, given)
        assert watch.entered.wait(PATIENCE)
        graphs.stop()
        watch.go.set()
        with pytest.raises(InterruptedError):
            answer.result(PATIENCE)
    assert watch.begun == watch.at
    assert all(np.array_equal(a, b) for a, b in zip(graphs.run(name, given), expected, strict=True))


@pytest.mark.parametrize("stage", ["encode", "ms-spade", "decode", "place"])
def test_cancel_ends_the_network_under_way_and_nothing_follows(
    translator: Translator, expected: Synthesis, watch: Watch, monkeypatch: pytest.MonkeyPatch, stage: str
):
    stop = translator._stop
    monkeypatch.setattr(translator, "_stop", lambda: (stop(), watch.go.set()))
    work = translator.synthesize(SCAN, ASKED)
    while next(work).stage != stage:
        continue
    watch.at = watch.begun + 4
    while not watch.entered.is_set():
        assert next(work).stage == stage
    work.close()
    for thread in threading.enumerate():
        if thread.name.startswith("respin-engine"):
            thread.join(PATIENCE)
    assert watch.begun == watch.at
    monkeypatch.undo()
    (again,) = finish(translator.synthesize(SCAN, ASKED))
    assert np.array_equal(again.volume.data, expected.volume.data)
