"""For tests of the networks."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def one_thread():
    """Small tensors on one thread of torch: several wait for each other longer than they work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
