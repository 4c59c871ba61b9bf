"""A run's state on disk: whole or not at all, and resumed exactly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from engine.errors import RespinError
from engine.files import write_bytes


def save(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values; a crash leaves the old file or the whole new one."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_bytes(path, buffer.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running code that it may carry."""
    if not path.is_file():
        raise RespinError(f"{path} is not there: train that stage first.")
    return torch.load(path, map_location="cpu", weights_only=True)
