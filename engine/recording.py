"""On a graphics card: a network recorded once for the shapes of its input, and replayed (CUDA graphs).

Starting the hundreds of kernels of a small step takes longer than their work. Unmeasured: written without a card.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

Network = Callable[..., Tensor]


class Recorder:
    """The same network for tensors of the shapes that it was recorded with; recorded anew for others."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._shapes: tuple[torch.Size, ...] = ()
        self._recorded: Any = network

    def __call__(self, *given: Tensor) -> Tensor:
        """What the network gives; valid until the next call, which writes into the same memory."""
        shapes = tuple(each.shape for each in given)
        if shapes != self._shapes:
            # A function and not the module: that would be changed for good, and refuses modules with hooks.
            record = cast(Any, torch.cuda.make_graphed_callables)
            self._recorded = record(lambda *same: self._network(*same), given)
            self._shapes = shapes
        return self._recorded(*given)
