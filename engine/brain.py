"""Is there a skull, and where is the brain? (deepbet finds it; its weights lie in its own package.)"""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np

from engine.errors import UnsupportedScan
from engine.progress import Step, Work
from engine.volume import RAS, Array, Volume, foreground, orientation_of, turn

LARGEST_BRAIN = 2150.0
"""Millilitres. Brains with their fluid reach 2000; heads in zeroed air begin at 2400 (both measured)."""
SMALLEST_BRAIN = 300.0
"""Millilitres under which what was found is no brain (a newborn's has 350)."""

_FILLED_SHELL = 0.5
"""Share of the outermost voxels that is not 0, above which the air was never masked."""


def has_skull(volume: Volume) -> bool:
    """Whether a scan shows more than a brain on a background of 0.

    Told by what is not 0: more of it than any brain has, or a border of the grid full of it.
    """
    present = foreground(volume.data)
    if millilitres(volume, present) > LARGEST_BRAIN:
        return True
    inner = present[1:-1, 1:-1, 1:-1]
    shell = np.count_nonzero(present) - np.count_nonzero(inner)
    return bool(shell > _FILLED_SHELL * (present.size - inner.size))


def extract(volume: Volume, threads: int | None = None) -> Work[Volume]:
    """The same volume with 0 outside the brain; UnsupportedScan where no brain is found.

    threads: of the processor, as torch's own number where None
    """
    import torch

    before = torch.get_num_threads()
    try:
        if threads is not None:
            torch.set_num_threads(threads)
        yield Step("brain", 0, 3)
        network = _network()
        yield Step("brain", 1, 3)
        orientation = orientation_of(volume.affine)
        mask = turn(_mask(network, turn(volume.data, orientation, RAS)), RAS, orientation)
        yield Step("brain", 2, 3)
        if millilitres(volume, mask) < SMALLEST_BRAIN:
            raise UnsupportedScan("No brain was found in the scan; give a scan of the whole head or brain.")
        brain = volume.with_data(np.where(mask & np.isfinite(volume.data), _never_0(volume.data), 0))
        yield Step("brain", 3, 3)
        return brain
    finally:
        torch.set_num_threads(before)


def _network() -> Any:
    with warnings.catch_warnings():
        # TorchScript, in which deepbet's weights come, is announced to go one day.
        warnings.simplefilter("ignore")
        from deepbet.bet import BrainExtraction

        return cast(Any, BrainExtraction)(no_gpu=True)


def _mask(network: Any, data: Array) -> Array:
    """(x, y, z) bool of the brain in intensities along R, A, S."""
    try:
        found = network.run_model(np.nan_to_num(data).astype(np.float32)) > 0.5
        return network.postprocess(found)
    except (AssertionError, ValueError) as error:  # deepbet's way to say that there is nothing
        raise UnsupportedScan("No brain was found in the scan; give a scan of the whole head.") from error


def _never_0(data: Array) -> Array:
    """The smallest number above 0 in the place of 0: inside a brain 0 is fluid, not background."""
    smallest = np.finfo(data.dtype).tiny if data.dtype.kind == "f" else 1
    return np.where(data == 0, np.asarray(smallest, data.dtype), data)


def millilitres(volume: Volume, mask: Array) -> float:
    """The room that is True in (i, j, k) `mask`."""
    return float(np.count_nonzero(mask) * abs(np.linalg.det(volume.affine[:3, :3])) / 1000)
