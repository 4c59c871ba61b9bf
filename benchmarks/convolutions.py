"""The networks of a preset against the machine's own convolutions: operations, seconds, share of the peak.

    python -m benchmarks.convolutions [--preset compact] [--sides 96,96,96] [--parts step,decode] [--threads 1]
                                      [--rounds 2] [--exact] [--plain] [--frugal] [--count]

The peak is the fastest of a few plain 3x3x3 convolutions in the same run and the same precision. Seconds are of the
processor (all threads), which other programs lengthen little; `wall_s` is the clock. The weights are random; one
network is in memory at a time, and --rounds 0 runs each once. With --plain the denoiser also runs as its authors run
it: float32, contiguous, layer by layer. --count only counts the operations, which runs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.opening import memory
from engine import heap
from engine.device import Device
from engine.networks import slabs
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import PRESETS, Preset

Sides = tuple[int, int, int]

ROUNDS = 2
PARTS = ("encode", "codebook", "ms-spade", "step", "decode")
_PEAKS = ((32, 64), (64, 48), (96, 40))
"""Channels and side of the convolutions that the peak is taken from."""


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="compact", choices=list(PRESETS))
    parser.add_argument("--sides", default="96,96,96")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--frugal", action="store_true", help="memory goes back to the system between layers")
    parser.add_argument("--count", action="store_true")
    return parser.parse_args()


def least(work: Callable[[], Any], rounds: int) -> dict[str, float]:
    """The shortest of several rounds after one that warms up."""
    took: list[tuple[float, float]] = []
    for _ in range(rounds + 1):
        before = time.process_time(), time.perf_counter()
        work()
        took.append((time.process_time() - before[0], time.perf_counter() - before[1]))
    cpu, wall = (min(each) for each in zip(*took[min(rounds, 1) :], strict=True))
    return {"cpu_s": round(cpu, 3), "wall_s": round(wall, 3)}


def peak(device: Device) -> float:
    """GFLOP a second of the processor's time."""
    best = 0.0
    for channels, side in _PEAKS:
        conv = device.place(torch.nn.Conv3d(channels, channels, 3, padding=1))
        h = torch.rand(1, channels, side, side, side).to(memory_format=torch.channels_last_3d)
        h = h.bfloat16() if device.half else h
        seconds = least(lambda h=h, conv=conv: conv(h), ROUNDS)["cpu_s"]
        best = max(best, 2 * 27 * channels**2 * side**3 / 1e9 / max(seconds, 1e-3))
    return best


def part(name: str, preset: Preset, sides: Sides) -> tuple[nn.Module, Callable[[], Any]]:
    """A stage of a synthesis: its network, and the network called on inputs of its own."""
    latent, quarter = preset.autoencoder.latent, [side // preset.downsampling for side in sides]
    z, index = torch.randn(1, latent, *quarter), torch.tensor([1])
    if name == "ms-spade":
        network = build_ms_spade(preset)
        return network, lambda: network(z, index)
    if name == "step":
        unet: Any = build_unet(preset)  # its blocks are lists of modules, which have no types
        condition = torch.randn(1, unet.input_blocks[0][0].in_channels - latent, *quarter)
        return unet, lambda: unet(z, condition, torch.tensor([300]), index)
    autoencoder, light = build_autoencoder(preset), preset.autoencoder.family == "light"
    image = torch.rand(1, 1, *sides)
    skip = torch.rand(1, preset.autoencoder.channels[1] if light else 0, *(side // 2 for side in sides))
    drafts = torch.rand(1, len(preset.modalities) if light else 0, *sides)
    calls = {
        "encode": lambda: autoencoder.encode(image, index),
        "codebook": lambda: autoencoder.quantize(z),
        "decode": lambda: autoencoder.decode(z, skip, drafts, index),
    }
    return autoencoder, calls[name]


def operations(name: str, preset: Preset, sides: Sides) -> float:
    """GFLOP of a stage, a multiplication and an addition counted as two; nothing is computed for it."""
    if name == "codebook":
        return 0.0  # a search in a tree
    whole = patch.object(slabs, "LARGEST", sys.maxsize)  # slabs ask the device for its precision; this one has none
    with whole, torch.device("meta"), FlopCounterMode(display=False) as counter:
        _, call = part(name, preset, sides)
        call()
    return counter.get_total_flops() / 1e9


def measured(name: str, preset: Preset, sides: Sides, device: Device, rounds: int) -> dict[str, float]:
    """Seconds of a stage as the engine runs it."""
    network, call = part(name, preset, sides)
    device.place(network.eval())
    return least(call, rounds)


def plain(preset: Preset, sides: Sides, rounds: int) -> dict[str, float]:
    """Seconds of the step in float32, contiguous, attention by its whole matrix, memory as the C library gives it."""
    heap.give_back()
    unet, call = part("step", preset, sides)
    unet.eval()
    with torch.autocast("cpu", enabled=False), sdpa_kernel(SDPBackend.MATH):
        return least(call, rounds)


def main() -> None:
    """Print one line of JSON."""
    wished = wishes()
    device, preset = Device("cpu", wished.threads, wished.frugal, wished.exact), PRESETS[wished.preset]
    if not device.frugal:
        heap.keep()
    i, j, k = (int(side) for side in wished.sides.split(","))
    told: dict[str, Any] = {"benchmark": "convolutions", "preset": preset.name, "sides": (i, j, k)}
    with torch.no_grad(), device.autocast():
        counted = {name: operations(name, preset, (i, j, k)) for name in wished.parts.split(",")}
        if wished.count:
            print(json.dumps(told | {"gflop": counted}))
            return
        told |= {"device": str(device), "peak_gflop_per_cpu_s": round(top := peak(device), 1)}
        for name, gflop in counted.items():
            took = measured(name, preset, (i, j, k), device, wished.rounds)
            rate = gflop / max(took["cpu_s"], 1e-3)
            told[name] = {"gflop": round(gflop, 1), **took, "of_peak": round(rate / top, 2)}
            told[name]["peak_mb"] = memory("VmHWM") // 2**20
        if wished.plain:
            told["step as the authors run it"] = plain(preset, (i, j, k), wished.rounds)
    print(json.dumps(told | {"load": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
