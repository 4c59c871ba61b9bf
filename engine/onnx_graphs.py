"""The graphs of a bundle run by ONNX Runtime: any graph with the right names, whoever made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as native  # pyright: ignore[reportMissingImports]

from engine.device import Device
from engine.errors import BadBundle
from engine.networks.model import GRAPHS
from engine.setback import setback

Floats = npt.NDArray[np.float32]

RUNTIME: tuple[type[Exception], ...] = tuple(
    kind for kind in vars(cast(Any, native)).values() if isinstance(kind, type) and issubclass(kind, Exception)
)
"""What ONNX Runtime raises; its errors have no kind in common."""


class OnnxGraphs:
    """Sessions by the names of `GRAPHS`, in float32."""

    description = "ONNX Runtime, float32"

    def __init__(self, directory: Path, device: Device) -> None:
        self._sessions = {
            name: _session(directory / f"{name}.onnx", device, set(graph.outputs)) for name, graph in GRAPHS.items()
        }
        self._under_way = onnxruntime.RunOptions()

    def stop(self) -> None:
        """From another thread: the call under way ends, with an error, before its next node."""
        self._under_way.terminate = True

    def run(self, name: str, given: dict[str, npt.NDArray[Any]]) -> list[Floats]:
        """Feed what the graph knows: the paper's autoencoder takes no source and its decoder z alone."""
        self._under_way = onnxruntime.RunOptions()
        session, outputs = self._sessions[name], list(GRAPHS[name].outputs)
        known = {wanted.name: given[wanted.name] for wanted in session.get_inputs() if wanted.name in given}
        if session.get_providers()[0] == "CUDAExecutionProvider":
            return self._bound(session, outputs, known)
        return session.run(outputs, known, self._under_way)

    def _bound(self, session: Any, outputs: list[str], known: dict[str, npt.NDArray[Any]]) -> list[Floats]:
        """The same on a graphics card: one copy there, one copy back, none in between."""
        binding = session.io_binding()
        for key, value in known.items():
            binding.bind_ortvalue_input(key, onnxruntime.OrtValue.ortvalue_from_numpy(value, "cuda", 0))
        for key in outputs:
            binding.bind_output(key, "cuda", 0)
        session.run_with_iobinding(binding, self._under_way)
        return binding.copy_outputs_to_cpu()


def _session(path: Path, device: Device, outputs: set[str]) -> Any:
    """A graph that answers with these outputs; BadBundle for any other."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = device.threads
    options.log_severity_level = 4  # what goes wrong is raised; nothing need be printed, too
    options.enable_cpu_mem_arena = options.enable_mem_pattern = not device.frugal
    # Waiting threads sleep: the window, and whatever else runs here, keep the processor.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        # From bytes, not from the path: a graph that keeps weights in other files, which no hash vouches for, fails.
        session: Any = onnxruntime.InferenceSession(path.read_bytes(), options, providers=device.providers)
    except (*RUNTIME, UnicodeDecodeError) as error:  # it may quote the damage
        if setback(error) is not None:
            raise
        told = f"{path.name} of the model '{path.parent.name}' is damaged, or leans on another file"
        raise BadBundle(f"{told}; install the model anew.") from error
    if {made.name for made in session.get_outputs()} != outputs:
        raise BadBundle(f"{path.name} of the model '{path.parent.name}' was made for another version of Respin.")
    return session
