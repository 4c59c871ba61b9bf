"""Weights in other files than the bundle's own are refused: no hash vouches for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from engine.device import Device
from engine.errors import BadBundle
from engine.stages import Stages


def leaning(path: Path, location: str) -> None:
    """A graph that adds four numbers which lie elsewhere."""
    weights = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", "0"), ("length", "16")):
        weights.external_data.add(key=key, value=value)
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("image", "z")]
    node = helper.make_node("Add", ["image", "w"], ["z"])
    graph = helper.make_graph([node], "graph", made[:1], made[1:], [weights])
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()
    )


@pytest.mark.parametrize("place", ["beside", "above", "absolute"])
def test_a_graph_that_leans_on_another_file_is_refused(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "model"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for where in (folder, tmp_path):
        (where / "weights.bin").write_bytes(np.ones(4, np.float32).tobytes())
    location = {"beside": "weights.bin", "above": "../weights.bin", "absolute": str(tmp_path / "weights.bin")}[place]
    leaning(folder / "encoder.onnx", location)
    with pytest.raises(BadBundle, match=r"^encoder\.onnx of the model 'model' is damaged, or leans on another file; "):
        Stages(folder, Device("cpu", 1))
