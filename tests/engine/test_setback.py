"""Networks that cannot go on: what is told apart, what is tried next, and what is said at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.bundle import open_bundle
from engine.device import Device
from engine.errors import FailedSynthesis, UnreadableScan
from engine.files import Scan, read
from engine.modality import Modality
from engine.progress import finish
from engine.setback import NoNumbers, Setback, require_numbers, retreat, setback
from engine.synthesis import Mode, Request
from engine.translator import Translator
from tests.phantoms import write_phantom

ONCE = Request(Modality.T1, (Modality.T2,), Mode.SHORTCUT, steps=1)
STAGES = ("encode", "transform", "sample", "decode")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    return read(write_phantom(tmp_path_factory.mktemp("scan") / "case_t1.nii", shape=(24, 28, 20)))


@pytest.fixture
def translator(tiny_bundle: Path) -> Translator:
    return Translator(open_bundle(tiny_bundle), Device("cpu", 1))


class Failing:
    """A network whose stage fails so many times, and works then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stage: str, error: Exception, times: int) -> None:
        from engine.refiner import Refiner
        from engine.stages import Stages

        self.left, self.error = times, error
        owner: Any = Refiner if stage == "sample" else Stages
        true = getattr(owner, stage)

        def stand_in(*given: Any) -> Any:
            if self.left:
                self.left -= 1
                raise self.error
            return true(*given)

        monkeypatch.setattr(owner, stage, stand_in)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), Setback.MEMORY),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory"), Setback.MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), Setback.MEMORY),
        (RuntimeError("Failed to allocate memory for requested buffer of size 12"), Setback.MEMORY),
        (RuntimeError("std::bad_alloc"), Setback.MEMORY),
        (RuntimeError("CUDA error: unspecified launch failure"), Setback.DEVICE),
        (RuntimeError("CUDNN_STATUS_INTERNAL_ERROR"), Setback.DEVICE),
        (NoNumbers("z"), Setback.NUMBERS),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (UnreadableScan("case.nii is out of memory."), None),
    ],
)
def test_errors_are_told_apart_by_their_words(error: Exception, kind: Setback | None):
    assert setback(error) is kind


def test_what_asks_for_less_comes_next():
    cuda, cpu, frugal = Device("cuda", 2), Device("cpu", 2), Device("cpu", 2, frugal=True)
    assert retreat(Setback.DEVICE, cuda, "m", "s") == cpu
    assert retreat(Setback.NUMBERS, cuda, "m", "s") == cpu
    assert retreat(Setback.MEMORY, cpu, "m", "s") == frugal
    for reason, device in ((Setback.MEMORY, frugal), (Setback.NUMBERS, cpu)):
        with pytest.raises(FailedSynthesis, match="Nothing was made from s: "):
            retreat(reason, device, "m", "s")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_are_required(bad: float):
    require_numbers(np.ones(3), "z")
    with pytest.raises(NoNumbers, match="z holds"):
        require_numbers(np.array([1, bad]), "z")


@pytest.mark.parametrize("stage", STAGES)
def test_without_memory_it_is_done_again_with_less(
    translator: Translator, scan: Scan, stage: str, monkeypatch: pytest.MonkeyPatch
):
    (expected,) = finish(translator.synthesize(scan, ONCE))
    Failing(monkeypatch, stage, MemoryError(), times=1)
    (made,) = finish(translator.synthesize(scan, ONCE))
    np.testing.assert_allclose(made.volume.data, expected.volume.data, atol=1e-3)
    assert made.record["device"] == "cpu, 1 thread, little memory"
    told = f"On the way there was not enough memory; it was done again on {made.record['device']}."
    assert told in made.warnings


@pytest.mark.parametrize("stage", STAGES)
def test_where_memory_never_suffices_one_sentence_says_so(
    translator: Translator, scan: Scan, stage: str, monkeypatch: pytest.MonkeyPatch
):
    failing = Failing(monkeypatch, stage, MemoryError(), times=9)
    with pytest.raises(FailedSynthesis, match=r"^Nothing was made from case_t1: there was not enough memory, .*\.$"):
        finish(translator.synthesize(scan, ONCE))
    assert failing.left == 7


@pytest.mark.parametrize("stage", STAGES)
def test_a_lost_graphics_card_hands_over_to_the_processor(
    translator: Translator, scan: Scan, stage: str, monkeypatch: pytest.MonkeyPatch
):
    Failing(monkeypatch, stage, RuntimeError("CUDA error: unspecified launch failure"), times=1)
    monkeypatch.setattr(Device, "providers", ["CPUExecutionProvider"])
    monkeypatch.setattr(Device, "place", lambda _, network: network)
    translator.device = Device("cuda", 1)
    request = ONCE if stage == "sample" else replace(ONCE, mode=Mode.PRIOR)
    (made,) = finish(translator.synthesize(scan, request))
    assert translator.device == Device("cpu", 1)
    assert "On the way the graphics card stopped working; it was done again on cpu, 1 thread." in made.warnings


def test_a_sampler_that_answers_no_numbers_makes_no_result(translator: Translator, scan: Scan):
    finish(translator.synthesize(scan, ONCE))
    with torch.no_grad():
        next(translator._refine().unet.parameters()).fill_(np.nan)
    with pytest.raises(FailedSynthesis, match="the model 'tiny' gave values that are no numbers"):
        finish(translator.synthesize(scan, ONCE))


@pytest.mark.parametrize("graph", ["encoder", "ms_spade", "decoder"])
def test_a_graph_that_answers_no_numbers_makes_no_result(translator: Translator, scan: Scan, graph: str):
    finish(translator.synthesize(scan, ONCE))
    stages: Any = translator._stages
    stages._graphs = Poisoned(stages._graphs, graph)
    with pytest.raises(FailedSynthesis, match="the model 'tiny' gave values that are no numbers"):
        finish(translator.synthesize(scan, ONCE))


class Poisoned:
    """Graphs of which one has a NaN in its answer."""

    def __init__(self, graphs: Any, name: str) -> None:
        self.graphs, self.name = graphs, name

    def run(self, name: str, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        answers = self.graphs.run(name, given)
        if name == self.name:
            answers[0].flat[answers[0].size // 2] = np.nan
        return answers


def test_a_fault_of_ours_is_not_tried_again(translator: Translator, scan: Scan, monkeypatch: pytest.MonkeyPatch):
    failing = Failing(monkeypatch, "encode", RuntimeError("shapes cannot be multiplied"), times=9)
    with pytest.raises(RuntimeError, match="shapes"):
        finish(translator.synthesize(scan, ONCE))
    assert failing.left == 8
