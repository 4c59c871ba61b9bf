"""Weights out of ONNX files, against the onnx package."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.assets import assets
from engine.onnx_weights import read_graph

RANDOM = np.random.default_rng(0)


def written(folder: Path, *tensors: onnx.TensorProto) -> Path:
    """A graph that answers "out" and "more", with these weights."""
    shape = [2, None, 3]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("in", "out", "more")]
    nodes = [helper.make_node("Relu", ["in"], [name]) for name in ("out", "more")]
    graph = helper.make_graph(nodes, "any", values[:1], values[1:], list(tensors))
    onnx.save(helper.make_model(graph), folder / "any.onnx")
    return folder / "any.onnx"


def test_weights_come_by_name_with_their_shapes(tmp_path: Path):
    expected = {"a.weight": RANDOM.random((3, 1, 2), np.float32), "b": np.float32([4]), "none": np.zeros((0, 3), "f4")}
    graph = read_graph(written(tmp_path, *(numpy_helper.from_array(value, name) for name, value in expected.items())))
    assert graph.outputs == {"out", "more"}
    assert graph.weights.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(graph.weights[name], value)


def test_what_is_no_weight_is_left_out(tmp_path: Path):
    whole = numpy_helper.from_array(np.arange(3), "shape")
    assert read_graph(written(tmp_path, whole)).weights == {}


@pytest.mark.parametrize("name", ["encoder", "ms_spade", "decoder"])
def test_the_shipped_graphs_are_read_as_the_package_reads_them(name: str):
    path = assets() / "models" / "compact" / f"{name}.onnx"
    stored = {one.name: one for one in onnx.load(path).graph.initializer if one.data_type == TensorProto.FLOAT}
    graph = read_graph(path)
    assert graph.weights.keys() == stored.keys()
    for key, value in graph.weights.items():
        np.testing.assert_array_equal(value, numpy_helper.to_array(stored[key]))


@pytest.mark.parametrize(
    "content", [b"", b"no graph at all", b"\x3a\xff", b"\x3a\x05\x2a\x7f\x00\x00\x00", b"\xff" * 9]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "any.onnx").write_bytes(content)
    with pytest.raises(ValueError, match=r"no ONNX graph|record|empty|name should be"):
        read_graph(tmp_path / "any.onnx")


def test_a_file_cut_short_is_refused(tmp_path: Path):
    path = written(tmp_path, numpy_helper.from_array(RANDOM.random(64, np.float32), "a"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="record"):
        read_graph(path)
