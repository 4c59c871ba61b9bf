"""Where the networks run: decided once, here. Nothing heavy is imported until it is asked for."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.errors import UnusableDevice


@dataclass(frozen=True)
class Device:
    """name: "cpu" or "cuda"; threads: CPU threads of every library; frugal: memory is given back as soon as it can;
    exact: float32 even where half would be faster.
    """

    name: str
    threads: int
    frugal: bool = False
    exact: bool = False

    @property
    def description(self) -> str:
        """For the sidecar: "cpu, 2 threads" or the name of the graphics card."""
        if self.name == "cpu":
            threads = f"cpu, {self.threads} thread{'s' if self.threads > 1 else ''}"
            return f"{threads}, little memory" if self.frugal else threads
        import torch

        return torch.cuda.get_device_name()

    @property
    def easier(self) -> Device | None:
        """What asks for less where this one cannot go on: the processor, then the processor with less memory."""
        if self.name != "cpu":
            return Device("cpu", self.threads)
        return None if self.frugal else Device("cpu", self.threads, frugal=True, exact=self.exact)

    @property
    def providers(self) -> list[str]:
        """ONNX Runtime's execution providers, best first."""
        return ["CUDAExecutionProvider", "CPUExecutionProvider"] if self.name == "cuda" else ["CPUExecutionProvider"]

    def place(self, network: Any) -> Any:
        """A torch module on this device, in the memory layout in which its convolutions are fastest."""
        import torch

        return network.to(self.name).to(memory_format=torch.channels_last_3d)

    @property
    def half(self) -> bool:
        """Whether convolutions run in bfloat16: on graphics cards, and on processors that compute it."""
        return not self.exact and computes_half(self.name)

    @contextmanager
    def autocast(self) -> Generator[None]:
        """The threads and the precision in which networks run."""
        import torch

        torch.set_num_threads(self.threads)
        # no cache on a card: what it keeps does not outlive a recording (engine/recording.py)
        with torch.autocast(self.name, torch.bfloat16, self.half, cache_enabled=self.name == "cpu"):
            yield


def choose(name: str = "auto", threads: int | None = None) -> Device:
    """The device of this name; "auto" takes CUDA where there is one."""
    wanted = threads or os.cpu_count() or 1
    if name == "cpu":
        return Device("cpu", wanted)
    if name not in ("auto", "cuda"):
        raise UnusableDevice(f"'{name}' is not a device; use auto, cpu or cuda.")
    import torch

    if torch.cuda.is_available():
        return Device("cuda", wanted)
    if name == "cuda":
        raise UnusableDevice("There is no CUDA device here (or its driver is missing); use --device cpu.")
    return Device("cpu", wanted)


def computes_half(name: str) -> bool:
    """Whether a device of this name computes bfloat16; a processor that does not takes hundreds of times as long."""
    import torch

    return name != "cpu" or torch.cpu._is_avx512_bf16_supported()  # pyright: ignore[reportPrivateUsage]
