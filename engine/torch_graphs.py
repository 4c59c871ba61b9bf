"""The graphs of a bundle run by torch: the engine's own networks with the weights that lie in the ONNX files.

On processors that compute in half precision this takes half of ONNX Runtime's time and a third of its memory
(docs/decisions/0019-torch-runs-the-graphs.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.device import Device
from engine.networks.autoencoder import Autoencoder
from engine.networks.model import GRAPHS, build_autoencoder, build_ms_spade
from engine.onnx_weights import Graph, read_graph
from engine.presets import Preset

Floats = npt.NDArray[np.float32]

_OWNER = "owner."
"""What the exporter puts before names of an autoencoder whose method it traced."""


class ForeignGraph(Exception):
    """The graphs do not hold the weights of the engine's networks by their names."""


class TorchGraphs:
    """The networks of a preset on a device; ForeignGraph where the files are not theirs, name for name."""

    def __init__(self, directory: Path, preset: Preset, device: Device) -> None:
        autoencoder, ms_spade = networks_of(directory, preset)
        self._device = device
        self._stopped = threading.Event()
        for network in (autoencoder, ms_spade):
            device.place(network.eval())
            for layer in network.modules():
                layer.register_forward_pre_hook(self._go_on)
        self._calls: dict[str, Callable[..., Any]] = {
            "encoder": autoencoder.encode,
            "ms_spade": ms_spade,
            "decoder": autoencoder.decode,
        }

    @property
    def description(self) -> str:
        """For the sidecar: "torch, bfloat16"."""
        return f"torch, {'bfloat16' if self._device.half else 'float32'}"

    def stop(self) -> None:
        """From another thread: the call under way ends, with an error, before its next layer."""
        self._stopped.set()

    def run(self, name: str, given: dict[str, npt.NDArray[Any]]) -> list[Floats]:
        """What the graph of this name answers, in its order."""
        self._stopped.clear()
        with torch.inference_mode(), self._device.autocast():
            inputs = (as_tensor(given[key]) for key in GRAPHS[name].inputs)
            made: Tensor | tuple[Tensor, ...] = self._calls[name](*inputs)
            return [each.float().numpy() for each in (made if isinstance(made, tuple) else (made,))]

    def _go_on(self, *_: object) -> None:
        if self._stopped.is_set():
            raise InterruptedError("the network was told to terminate")


def networks_of(directory: Path, preset: Preset) -> tuple[Autoencoder, nn.Module]:
    """Autoencoder (its codebook lies elsewhere) and MS-SPADE of a bundle; ForeignGraph where the files hold others."""
    graphs = {name: _read(directory / f"{name}.onnx") for name in GRAPHS}
    with torch.device("meta"):
        autoencoder, ms_spade = build_autoencoder(preset), build_ms_spade(preset)
    autoencoder.quantizer = None
    _fill(autoencoder, (graphs["encoder"], graphs["decoder"]))
    _fill(ms_spade, (graphs["ms_spade"],))
    return autoencoder, ms_spade


def as_tensor(array: npt.NDArray[Any]) -> Tensor:
    """The array itself; torch knows that channels lie last in memory by strides that numpy need not give."""
    tensor = torch.from_numpy(array)
    if tensor.ndim != 5 or not tensor.is_contiguous(memory_format=torch.channels_last_3d):
        return tensor
    rows = tensor.permute(0, 2, 3, 4, 1)
    return rows.flatten().view(rows.shape).permute(0, 4, 1, 2, 3)


def _read(path: Path) -> Graph:
    try:
        graph = read_graph(path)
    except ValueError as error:
        raise ForeignGraph(f"{path.name} cannot be read") from error
    if graph.outputs != set(GRAPHS[path.stem].outputs):
        raise ForeignGraph(f"{path.name} answers {sorted(graph.outputs)}")
    return graph


def _fill(network: nn.Module, graphs: Iterable[Graph]) -> None:
    """Every tensor of the network from the graphs, by its name and shape."""
    stored = {name.removeprefix(_OWNER): array for graph in graphs for name, array in graph.weights.items()}
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    if foreign := [name for name, shape in wanted.items() if name not in stored or stored[name].shape != shape]:
        raise ForeignGraph(f"{len(foreign)} tensors of the network have no weights in the graph, {foreign[0]} first")
    if more := [name for name in stored if "." in name and name not in wanted]:  # constants of a graph have no dots
        raise ForeignGraph(f"{len(more)} weights of the graph have no place in the network, {more[0]} first")
    network.load_state_dict({name: torch.from_numpy(stored[name].copy()) for name in wanted}, assign=True)
