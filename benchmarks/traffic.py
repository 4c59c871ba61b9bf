"""Operations counted and bytes moved by whatever torch does in a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


class Traffic(TorchDispatchMode):
    """Adds up the bytes of the tensors that operations read and write; views move nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.moved += sum(each.nbytes for each in tree_leaves((args, kwargs, made)) if isinstance(each, Tensor))
        return made


def counted(call: Callable[[], object]) -> dict[str, float]:
    """GFLOP (a multiplication and an addition are two) and GB of a call in this thread."""
    with FlopCounterMode(display=False) as operations, Traffic() as traffic:
        call()
    return {"gflop": round(operations.get_total_flops() / 1e9, 2), "gb": round(traffic.moved / 1e9, 3)}
