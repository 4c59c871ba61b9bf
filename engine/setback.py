"""What stops a network through nobody's fault: no memory, a device that is gone, answers that are no numbers."""

from __future__ import annotations

from enum import Enum

import numpy as np

from engine.device import Device
from engine.errors import FailedSynthesis, RespinError
from engine.volume import Array


class Setback(Enum):
    """The value says it to a reader."""

    MEMORY = "there was not enough memory"
    DEVICE = "the graphics card stopped working"
    NUMBERS = "the networks gave values that are no numbers"


class NoNumbers(ArithmeticError):
    """A network answered with NaN or infinity."""


_NO_MEMORY = (
    "out of memory", "bad alloc", "bad_alloc", "allocate memory", "not enough memory", "alloc_failed",
    "failed to allocate",
)  # fmt: skip
_NO_DEVICE = ("cuda", "cudnn", "cublas", "device-side assert", "illegal memory access", "nvidia")


def setback(error: BaseException) -> Setback | None:
    """What kind of setback an error is; None where it is a refusal, or a fault of ours.

    Told by the words: torch and ONNX Runtime have no kinds of errors for it, or not on every device.
    """
    if isinstance(error, RespinError):
        return None
    if isinstance(error, NoNumbers):
        return Setback.NUMBERS
    if isinstance(error, MemoryError):
        return Setback.MEMORY
    said = f"{type(error).__name__} {error}".lower()
    if any(words in said for words in _NO_MEMORY):
        return Setback.MEMORY
    return Setback.DEVICE if any(words in said for words in _NO_DEVICE) else None


def retreat(reason: Setback, device: Device, model: str, scan: str) -> Device:
    """The device to try again on; FailedSynthesis, in one sentence, where there is nothing left to try."""
    easier = device.easier
    if easier is not None and (reason is not Setback.NUMBERS or device.name != "cpu"):
        return easier
    if reason is Setback.NUMBERS:
        told = f"the model '{model}' gave values that are no numbers; try another quality or another model"
    else:
        told = f"{reason.value}, not even with the least that is needed; close other programs, or crop the scan"
    raise FailedSynthesis(f"Nothing was made from {scan}: {told}.")


def require_numbers(values: Array, what: str) -> None:
    """Raise NoNumbers where anything among the values is NaN or infinite."""
    if not np.isfinite(values).all():
        raise NoNumbers(f"{what} holds values that are no numbers")
