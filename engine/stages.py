"""Encoder, MS-SPADE and decoder as ONNX Runtime sessions. Sides are checked here: ONNX Runtime's words are opaque."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from engine.device import Device

Floats = npt.NDArray[np.float32]


class Stages:
    """The three graphs of a bundle on a device. Arrays are without the batch axis; one volume at a time."""

    def __init__(self, directory: Path, device: Device) -> None:
        self._encoder = _session(directory / "encoder.onnx", device)
        self._ms_spade = _session(directory / "ms_spade.onnx", device)
        self._decoder = _session(directory / "decoder.onnx", device)

    def encode(self, image: Floats) -> tuple[Floats, Floats]:
        """Image (4i, 4j, 4k) in model units -> z (latent, i, j, k) before quantization, skip (c, 2i, 2j, 2k)."""
        if any(side % 4 for side in image.shape):
            raise ValueError(f"sides {image.shape} are not multiples of 4")
        z, skip = self._encoder.run(["z", "skip"], {"image": image[None, None]})
        return z[0], skip[0]

    def transform(self, z: Floats, target: int) -> Floats:
        """MS-SPADE: z_source (latent, i, j, k) -> z_prior, the same shape."""
        return self._ms_spade.run(["z_prior"], {"z": z[None], "target": _index(target)})[0][0]

    def decode(self, z: Floats, skip: Floats, target: int) -> Floats:
        """z (latent, i, j, k) and the source's skip -> image (4i, 4j, 4k) in model units."""
        given = {"z": z[None], "skip": skip[None], "target": _index(target)}
        known = {wanted.name for wanted in self._decoder.get_inputs()}  # plain decoders take z alone
        return self._decoder.run(["image"], {name: given[name] for name in known})[0][0, 0]


def _index(target: int) -> npt.NDArray[np.int64]:
    return np.array([target], np.int64)


def _session(path: Path, device: Device) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = device.threads
    options.log_severity_level = 3
    # Waiting threads sleep: the window, and whatever else runs here, keep the processor.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=device.providers)
