"""The networks of a preset against the machine's own convolutions: operations, seconds, share of the peak.

    python -m benchmarks.convolutions [--preset compact] [--sides 160,192,160] [--threads 2] [--exact] [--plain]

The peak is the fastest of a few plain 3x3x3 convolutions in the same run and the same precision. Seconds are of the
processor (all threads), which other programs lengthen little; `wall_s` is the clock. The weights are random. With
--plain the denoiser also runs as its authors run it: float32, contiguous, layer by layer.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.opening import memory
from engine import heap
from engine.device import Device
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import PRESETS

ROUNDS = 3
_PEAKS = ((32, 64), (64, 48), (96, 40))
"""Channels and side of the convolutions that the peak is taken from."""


def wishes() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="compact", choices=list(PRESETS))
    parser.add_argument("--sides", default="160,192,160")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--parts", default="encode,ms-spade,step,decode")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--plain", action="store_true")
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


def parts(preset_name: str, sides: tuple[int, ...], device: Device) -> dict[str, Callable[[], Any]]:
    """The stages of a synthesis as calls, each on inputs of its own."""
    preset = PRESETS[preset_name]
    latent, quarter = preset.autoencoder.latent, [side // preset.downsampling for side in sides]
    autoencoder, ms_spade, unet = (
        device.place(build(preset).eval()) for build in (build_autoencoder, build_ms_spade, build_unet)
    )
    image, index = torch.rand(1, 1, *sides), torch.tensor([1])
    z, t = torch.randn(1, latent, *quarter), torch.tensor([300])
    condition = torch.randn(1, unet.input_blocks[0][0].in_channels - latent, *quarter)
    light = preset.autoencoder.family == "light"
    skip = torch.rand(1, preset.autoencoder.channels[1] if light else 0, *(side // 2 for side in sides))
    drafts = torch.rand(1, len(preset.modalities) if light else 0, *sides)
    return {
        "encode": lambda: autoencoder.encode(image, index),
        "ms-spade": lambda: ms_spade(z, index),
        "step": lambda: unet(z, condition, t, index),
        "decode": lambda: autoencoder.decode(z, skip, drafts, index),
        "codebook": lambda: autoencoder.quantize(z),
    }


def operations(work: Callable[[], Any]) -> float:
    """GFLOP of a call, a multiplication and an addition counted as two."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() / 1e9


def main() -> None:
    """Print one line of JSON."""
    wished = wishes()
    heap.keep()
    device = Device("cpu", wished.threads, exact=wished.exact)
    sides = tuple(int(side) for side in wished.sides.split(","))
    told: dict[str, Any] = {"benchmark": "convolutions", "preset": wished.preset, "sides": sides, "device": str(device)}
    with torch.no_grad(), device.autocast():
        calls = parts(wished.preset, sides, device)
        told["peak_gflop_per_cpu_s"] = round(top := peak(device), 1)
        for name in wished.parts.split(","):
            gflop, took = operations(calls[name]), least(calls[name], wished.rounds)
            rate = gflop / max(took["cpu_s"], 1e-3)
            told[name] = {"gflop": round(gflop, 1), **took, "of_peak": round(rate / top, 2)}
    if wished.plain:
        told["step as the authors run it"] = plain(wished.preset, sides, wished.threads, wished.rounds)
    print(json.dumps(told | {"peak_mb": memory("VmHWM") // 2**20, "load": os.getloadavg()[0]}))


def plain(preset_name: str, sides: tuple[int, ...], threads: int, rounds: int) -> dict[str, float]:
    """The step in float32, contiguous."""
    device = replace(Device("cpu", threads), exact=True)
    preset = PRESETS[preset_name]
    unet: Any = build_unet(preset).eval()  # its blocks are lists of modules, which have no types
    quarter = [side // preset.downsampling for side in sides]
    given: Tensor = torch.randn(1, unet.input_blocks[0][0].in_channels, *quarter)
    latent = preset.autoencoder.latent
    with torch.no_grad(), device.autocast():
        return least(lambda: unet(given[:, :latent], given[:, latent:], torch.tensor([300]), torch.tensor([1])), rounds)


if __name__ == "__main__":
    main()
