"""ONNX Runtime runs any graph with the right names."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.assets import assets
from engine.device import Device
from engine.errors import BadBundle
from engine.onnx_graphs import OnnxGraphs

COMPACT, CPU = assets() / "models" / "compact", Device("cpu", 1)


def test_a_graph_is_fed_what_it_knows():
    z = np.random.default_rng(0).standard_normal((1, 24, 4, 4, 4)).astype(np.float32)
    given = {"z": z, "target": np.array([2])}
    graphs = OnnxGraphs(COMPACT, CPU)
    (prior,) = graphs.run("ms_spade", given)
    assert prior.shape == z.shape and np.abs(prior - z).max() > 0
    np.testing.assert_array_equal(graphs.run("ms_spade", given | {"unknown": z})[0], prior)


@pytest.mark.parametrize("content", [b"", b"no graph"])
def test_a_damaged_graph_is_refused_in_words(tmp_path: Path, content: bytes):
    folder = Path(shutil.copytree(COMPACT, tmp_path / "model"))
    (folder / "decoder.onnx").write_bytes(content)
    with pytest.raises(BadBundle, match=r"decoder\.onnx of the model 'model' is damaged"):
        OnnxGraphs(folder, CPU)
