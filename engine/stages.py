"""Encoder, MS-SPADE and decoder as ONNX Runtime sessions. Sides are checked here: ONNX Runtime's words are opaque."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as native  # pyright: ignore[reportMissingImports]

from engine.device import Device
from engine.errors import BadBundle
from engine.setback import require_numbers, setback

Floats = npt.NDArray[np.float32]

RUNTIME: tuple[type[Exception], ...] = tuple(
    kind for kind in vars(cast(Any, native)).values() if isinstance(kind, type) and issubclass(kind, Exception)
)
"""What ONNX Runtime raises; its errors have no kind in common."""


class Passed(NamedTuple):
    """What reaches the decoder beside the latent: skip (c, 2i, 2j, 2k), drafts (targets, 4i, 4j, 4k)."""

    skip: Floats
    drafts: Floats

    def slab(self, cut: slice, depth: int) -> Passed:
        """What belongs to some axial slices of a latent grid that has `depth` of them."""
        skip, drafts = (
            whole[..., cut.start * whole.shape[-1] // depth : cut.stop * whole.shape[-1] // depth] for whole in self
        )
        return Passed(skip, drafts)


class Stages:
    """The three graphs of a bundle on a device. Arrays are without the batch axis; one volume at a time."""

    def __init__(self, directory: Path, device: Device) -> None:
        self._encoder = _session(directory / "encoder.onnx", device, {"z", "skip", "drafts"})
        self._ms_spade = _session(directory / "ms_spade.onnx", device, {"z_prior"})
        self._decoder = _session(directory / "decoder.onnx", device, {"image"})
        self._under_way = onnxruntime.RunOptions()

    def stop(self) -> None:
        """From another thread: the call under way ends, with an error, before its next node."""
        self._under_way.terminate = True

    def encode(self, image: Floats, source: int) -> tuple[Floats, Passed]:
        """Image (4i, 4j, 4k) in model units -> z (latent, i, j, k) before quantization, and what passes by it."""
        if any(side % 4 for side in image.shape):
            raise ValueError(f"sides {image.shape} are not multiples of 4")
        given = {"image": image[None, None], "source": _index(source)}
        z, skip, drafts = self._run(self._encoder, ["z", "skip", "drafts"], given)
        return z[0], Passed(skip[0], drafts[0])

    def transform(self, z: Floats, target: int) -> Floats:
        """MS-SPADE: z_source (latent, i, j, k) -> z_prior, the same shape."""
        return self._run(self._ms_spade, ["z_prior"], {"z": z[None], "target": _index(target)})[0][0]

    def decode(self, z: Floats, passed: Passed, target: int) -> Floats:
        """z (latent, i, j, k) and what the source passes -> image (4i, 4j, 4k) in model units."""
        given = {"z": z[None], "skip": passed.skip[None], "drafts": passed.drafts[None], "target": _index(target)}
        return self._run(self._decoder, ["image"], given)[0][0, 0]

    def _run(self, session: Any, outputs: list[str], given: dict[str, npt.NDArray[Any]]) -> list[Floats]:
        """Feed what the graph knows: the paper's autoencoder takes no source and its decoder z alone."""
        self._under_way = onnxruntime.RunOptions()
        known = {wanted.name: given[wanted.name] for wanted in session.get_inputs() if wanted.name in given}
        made: list[Floats] = session.run(outputs, known, self._under_way)
        for name, values in zip(outputs, made, strict=True):
            require_numbers(values, name)
        return made


def _index(target: int) -> npt.NDArray[np.int64]:
    return np.array([target], np.int64)


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
