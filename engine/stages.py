"""Encoder, MS-SPADE and decoder of a bundle. Sides are checked here: the words of those who run them are opaque."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.device import Device
from engine.networks.model import GRAPHS
from engine.onnx_graphs import OnnxGraphs
from engine.presets import Preset
from engine.setback import require_numbers
from engine.torch_graphs import ForeignGraph, TorchGraphs

Floats = npt.NDArray[np.float32]


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
    """The three graphs of a bundle on a device. Arrays are without the batch axis; one volume at a time.

    preset: of the bundle; without it ONNX Runtime runs the graphs, in float32
    """

    def __init__(self, directory: Path, device: Device, preset: Preset | None = None) -> None:
        self._graphs = _graphs(directory, device, preset)

    @property
    def description(self) -> str:
        """What runs the graphs, and in which precision."""
        return self._graphs.description

    def stop(self) -> None:
        """From another thread: the call under way ends, with an error, before its next part."""
        self._graphs.stop()

    def encode(self, image: Floats, source: int) -> tuple[Floats, Passed]:
        """Image (4i, 4j, 4k) in model units -> z (latent, i, j, k) before quantization, and what passes by it."""
        if any(side % 4 for side in image.shape):
            raise ValueError(f"sides {image.shape} are not multiples of 4")
        given = {"image": image[None, None], "source": _index(source)}
        z, skip, drafts = self._run("encoder", given)
        return z[0], Passed(skip[0], drafts[0])

    def transform(self, z: Floats, target: int) -> Floats:
        """MS-SPADE: z_source (latent, i, j, k) -> z_prior, the same shape."""
        return self._run("ms_spade", {"z": z[None], "target": _index(target)})[0][0]

    def decode(self, z: Floats, passed: Passed, target: int) -> Floats:
        """z (latent, i, j, k) and what the source passes -> image (4i, 4j, 4k) in model units."""
        given = {"z": z[None], "skip": passed.skip[None], "drafts": passed.drafts[None], "target": _index(target)}
        return self._run("decoder", given)[0][0, 0]

    def _run(self, name: str, given: dict[str, npt.NDArray[Any]]) -> list[Floats]:
        made = self._graphs.run(name, given)
        for output, values in zip(GRAPHS[name].outputs, made, strict=True):
            require_numbers(values, output)
        return made


def _index(target: int) -> npt.NDArray[np.int64]:
    return np.array([target], np.int64)


def _graphs(directory: Path, device: Device, preset: Preset | None) -> OnnxGraphs | TorchGraphs:
    """On a processor torch, which is faster, where the graphs are those of our networks; else ONNX Runtime."""
    if device.name == "cpu" and preset is not None:
        with suppress(ForeignGraph):
            return TorchGraphs(directory, preset, device)
    return OnnxGraphs(directory, device)
