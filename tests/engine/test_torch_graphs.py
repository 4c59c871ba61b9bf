"""The graphs of the shipped bundle run by torch: the answers of ONNX Runtime, name for name, or not at all."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from engine.assets import assets
from engine.bundle import open_bundle
from engine.device import Device
from engine.networks.model import GRAPHS
from engine.onnx_graphs import OnnxGraphs
from engine.stages import Stages
from engine.torch_graphs import ForeignGraph, TorchGraphs

pytestmark = pytest.mark.usefixtures("one_thread")

EXACT, FAST = Device("cpu", 1, exact=True), Device("cpu", 1)
COMPACT = assets() / "models" / "compact"
RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def given() -> dict[str, np.ndarray]:
    """Something for every input, of a brain's size in model units."""
    preset, index = open_bundle().preset, np.array([2])
    image = np.maximum(RANDOM.normal(1, 0.3, (1, 1, 32, 16, 24)), 0).astype(np.float32)
    z, skip, drafts = OnnxGraphs(COMPACT, EXACT).run("encoder", {"image": image, "source": np.array([0])})
    assert z.shape[1] == preset.autoencoder.latent
    return {"image": image, "source": np.array([0]), "z": z, "skip": skip, "drafts": drafts, "target": index}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize(("device", "tolerance"), [(EXACT, 1e-4), (FAST, 0.05)], ids=["float32", "as the machine can"])
def test_the_answers_are_those_of_onnx_runtime(given: dict, name: str, device: Device, tolerance: float):
    expected = OnnxGraphs(COMPACT, EXACT).run(name, given)
    found = TorchGraphs(COMPACT, open_bundle().preset, device).run(name, given)
    for a, b in zip(expected, found, strict=True):
        assert a.shape == b.shape and b.dtype == np.float32
        assert np.abs(a - b).max() <= tolerance * a.std()


def test_another_networks_weights_are_left_to_onnx_runtime(tmp_path: Path):
    folder, preset = Path(shutil.copytree(COMPACT, tmp_path / "other")), open_bundle().preset
    model = onnx.load(folder / "ms_spade.onnx")
    old = next(one.name for one in model.graph.initializer if one.name.endswith(".weight"))
    for one in model.graph.initializer:
        one.name = one.name.replace(old, "renamed")
    for node in model.graph.node:
        node.input[:] = ["renamed" if name == old else name for name in node.input]
    onnx.save(model, folder / "ms_spade.onnx")
    with pytest.raises(ForeignGraph, match="1 tensors"):
        TorchGraphs(folder, preset, EXACT)
    assert Stages(folder, EXACT, preset).description == "ONNX Runtime, float32"


def test_weights_of_other_sizes_are_not_ours():
    preset = open_bundle().preset
    narrow = replace(preset, spade=replace(preset.spade, channels=(32, 32)))
    with pytest.raises(ForeignGraph):
        TorchGraphs(COMPACT, narrow, EXACT)
