"""Foreign weights from a file, without running what the file may carry."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import BadCheckpoint


def read_weights(path: Path) -> dict[str, Tensor]:
    """The state dict in a checkpoint of torch or Lightning, or in a safetensors file; on the CPU, as stored.

    BadCheckpoint where it is missing, damaged, or a pickle of more than tensors and plain values.
    """
    if not path.is_file():
        raise BadCheckpoint(f"There is no checkpoint {path}.")
    try:
        stored: Any = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True, mmap=False)
        )
    except pickle.UnpicklingError as error:
        raise BadCheckpoint(
            f"{path.name} is no checkpoint of tensors alone: loading it could run code, so it was not loaded. "
            "Whoever trusts it can store its state_dict by itself (docs/training-runs.md)."
        ) from error
    except Exception as error:  # a damaged file makes torch's unpickler fail in whatever way it may
        raise BadCheckpoint(f"{path.name} is damaged, or no checkpoint ({_first_line(error)}).") from error
    return _checked(stored, path.name)


def _checked(stored: Any, name: str) -> dict[str, Tensor]:
    """The tensors by name: of "state_dict" where Lightning wrote the file."""
    if isinstance(stored, Mapping) and isinstance(cast(Any, stored).get("state_dict"), Mapping):
        stored = cast(Any, stored)["state_dict"]
    if not isinstance(stored, Mapping) or not stored:
        raise BadCheckpoint(f"{name} holds no state dict: expected tensors by name.")
    state = cast("Mapping[Any, Any]", stored)
    for key, value in state.items():
        if not isinstance(value, Tensor):
            raise BadCheckpoint(f"{name} holds something that is no tensor under '{key}'.")
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise BadCheckpoint(f"{name} holds values that are no numbers in {key}.")
    return {str(key): value for key, value in state.items()}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
