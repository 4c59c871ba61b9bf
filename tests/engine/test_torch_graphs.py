"""The graphs of the shipped bundle run by torch: the answers of ONNX Runtime, name for name, or not at all."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from engine.assets import assets
from engine.bundle import open_bundle
from engine.device import Device
from engine.networks.model import GRAPHS
from engine.onnx_graphs import OnnxGraphs
from engine.onnx_weights import read_graph
from engine.stages import Stages
from engine.torch_graphs import ForeignGraph, TorchGraphs, as_tensor

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


def test_a_layout_is_kept_for_torch_to_see_and_nothing_is_copied():
    """The stride of numpy's new axis is 0; torch then takes channels that lie last for any layout, and copies."""
    made = torch.randn(1, 6, 4, 5, 8).contiguous(memory_format=torch.channels_last_3d)
    array = made.numpy()[0][None]
    found = as_tensor(array)
    assert torch.equal(found, made) and found.data_ptr() == made.data_ptr()
    assert found.stride() == made.stride() != torch.from_numpy(array).stride()


def test_other_layouts_and_other_arrays_pass():
    for array in (np.arange(3), np.zeros((1, 2, 3, 4, 5), np.float32)):
        assert torch.equal(as_tensor(array), torch.from_numpy(array))


def test_a_bundle_that_is_written_today_keeps_turned_weights_by_their_names(tiny_bundle: Path):
    """Small ones too: the exporter folds into a constant what it sees being turned."""
    decoder, encoder = (read_graph(tiny_bundle / f"{name}.onnx").weights for name in ("decoder", "encoder"))
    for layer in ("up", "up_full"):
        assert {f"owner.decoder.{layer}.weight", f"owner.decoder.{layer}.bias"} <= set(decoder)
    assert {"owner.encoder.down.weight", "owner.encoder.down.bias"} <= set(encoder)
