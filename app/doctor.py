"""What works on this machine, and what to do about the rest. Every check answers; none of them ends the others."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from app.display import missing_libraries
from app.mending import refetch, reinstall, system_packages
from engine.device import computes_half
from engine.errors import RespinError

_TOLD = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "bf16")
"""CPU features that change how fast the networks run."""

_COMFORTABLE_GB = 8

_OF_QT = ("libgl1", "libegl1", "libglib2.0-0", "libxkbcommon0", "libfontconfig1", "libdbus-1-3")
"""Debian's packages without which Qt cannot even be loaded."""


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    state:  "ok"; "note": Respin works, with the limit told in `advice`; "bad": something will fail
    advice: what to do about it, "" where there is nothing to do
    """

    name: str
    state: Literal["ok", "note", "bad"]
    found: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether Respin works as far as this check goes."""
        return self.state != "bad"

    def to_json(self) -> dict[str, Any]:
        """As `respin doctor --json` prints it."""
        return asdict(self)

    def lines(self) -> list[str]:
        """As `respin doctor` prints it."""
        told = f"{self.state:5} {self.name:17} {self.found}"
        return [told, f"{'':23} {self.advice}"] if self.advice else [told]


def examine() -> list[Finding]:
    """Run every check; a check that fails itself is a finding too."""
    return [answer(check) for check in CHECKS]


def answer(check: Callable[[], Finding]) -> Finding:
    """Of one check; that it fails is an answer, too."""
    name = check.__name__.replace("_", " ")
    try:
        return check()
    except (ImportError, OSError, RuntimeError, PackageNotFoundError, subprocess.SubprocessError) as fault:
        reason = (str(fault) or type(fault).__name__).splitlines()[0]
        return Finding(name, "bad", reason, reinstall())


def system() -> Finding:
    """Operating system and Python."""
    return Finding("system", "ok", f"{platform.platform()}, Python {platform.python_version()}")


def processor() -> Finding:
    """Cores, and the features that speed up the networks."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    listing = Path("/proc/cpuinfo")
    flags = set(listing.read_text(encoding="utf-8").split()) if listing.exists() else set[str]()
    told = ", ".join(name for name in _TOLD if name in flags) or "no known features"
    return Finding("processor", "ok", f"{cores} cores, {platform.machine()}, {told}")


def memory() -> Finding:
    """Memory of the machine in GB (2^30 bytes)."""
    if not hasattr(os, "sysconf"):
        return Finding("memory", "note", "unknown on this system")
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    enough = size >= _COMFORTABLE_GB
    advice = "" if enough else "A scan of 240x240x155 needs about 4 GB; close other programs first."
    return Finding("memory", "ok" if enough else "note", f"{size:.0f} GB", advice)


def torch() -> Finding:
    """The sampler's library, and whether it sees a graphics card."""
    import torch as library

    if library.cuda.is_available():
        return Finding("torch", "ok", f"{library.__version__}, CUDA on {library.cuda.get_device_name()}")
    kind = library.backends.cpu.get_cpu_capability()
    advice = "No CUDA device: everything runs on the processor."
    if not computes_half("cpu"):
        advice += " It computes no bfloat16, as newer ones do: a synthesis takes about three times as long."
    return Finding("torch", "ok", f"{library.__version__}, CPU {kind}", advice)


def onnxruntime() -> Finding:
    """The library of encoder, MS-SPADE and decoder, and what it is built for."""
    import onnxruntime as library

    names = [provider.removesuffix("ExecutionProvider") for provider in library.get_available_providers()]
    state = "ok" if "CPU" in names else "bad"
    return Finding("onnxruntime", state, f"{library.__version__}, built for {', '.join(names)}")


def brain_extraction() -> Finding:
    """deepbet and its weights, for scans with skull."""
    package = importlib.util.find_spec("deepbet")
    weights = list((Path(package.origin).parent.parent / "data").rglob("*.pt")) if package and package.origin else []
    if not weights:
        return Finding("brain extraction", "bad", "deepbet or its weights are missing", reinstall())
    return Finding("brain extraction", "ok", f"deepbet {version('deepbet')}, {len(weights)} networks")


def qt() -> Finding:
    """Whether a window can be shown."""
    found = f"PySide6 {version('PySide6-Essentials')}"
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return Finding("qt", "note", f"{found}, no display", "The window needs a display; every command works.")
    shown = _ask("window")
    if shown.returncode:
        last = (shown.stderr.strip().splitlines() or ["no reason given"])[-1]
        return Finding("qt", "bad", f"{found}: {last}", _window_advice(last))
    return Finding("qt", "ok", f"{found}, platform {shown.stdout.strip()}")


def vtk() -> Finding:
    """VTK and the OpenGL renderer behind it."""
    drawn = _ask("opengl")
    said = [line for line in drawn.stdout.splitlines() if line.lower().startswith("opengl renderer string")]
    found = f"VTK {version('vtk')}"
    if not said:
        return Finding("vtk", "bad", f"{found}, no OpenGL", system_packages("libgl1", "libegl1"))
    renderer = said[0].split(":", 1)[1].strip()
    software = any(name in renderer.lower() for name in ("llvmpipe", "softpipe", "swrast"))
    advice = "Software OpenGL: the 3-D pane uses the processor." if software else ""
    return Finding("vtk", "ok", f"{found}, {renderer}", advice)


def models() -> Finding:
    """The bundles of weights, each opened and its hashes verified."""
    from engine.bundle import bundles, open_bundle, shelves

    names = bundles()
    if not names:
        return Finding("models", "bad", "none", refetch(shelves()[0]))
    told: list[str] = []
    for name in names:
        try:
            bundle = open_bundle(name)
            bundle.verify()
        except RespinError as refusal:
            return Finding("models", "bad", str(refusal), refetch(_folder(name)))
        told.append(f"{name} ({bundle.hash[:12]})")
    return Finding("models", "ok", ", ".join(told))


def log() -> Finding:
    """Where our own faults are written."""
    from app.faults import log_file

    return Finding("log", "ok", str(log_file()))


CHECKS = (system, processor, memory, torch, onnxruntime, brain_extraction, qt, vtk, models, log)


def _window_advice(said: str) -> str:
    """What to do where a window cannot be shown, from the last line of what was said."""
    if missing := missing_libraries():
        return system_packages(*missing)
    if "cannot open shared object" in said:
        return system_packages(*_OF_QT)
    return "Look at the display; every command works without one."


def _folder(model: str) -> Path:
    """Where an installed model lies: one that ships with the program comes before one of the reader's own."""
    from engine.bundle import shelves

    return next(path for shelf in shelves() if (path := shelf / model).is_dir())


def _ask(probe: str) -> subprocess.CompletedProcess[str]:
    """Run a probe in a process of its own: Qt and OpenGL end it where a library is missing."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]
    return subprocess.run([*program, "probe", probe], capture_output=True, text=True, timeout=60, check=False)
