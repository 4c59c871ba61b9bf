"""Slab by slab is the same as whole."""

import pytest
import torch
from torch import Tensor, nn

from engine.networks import slabs
from engine.networks.autoencoder import Autoencoder
from engine.networks.blocks import Upsample
from engine.networks.vqgan import Downsample, ResnetBlock
from tests.engine.test_golden import SMALL

pytestmark = pytest.mark.usefixtures("one_thread")

LAYERS = {
    "block": ResnetBlock(32, 32),
    "wider": ResnetBlock(32, 64),
    "down": Downsample(32),
    "up": Upsample(32),
}


@pytest.fixture
def h() -> Tensor:
    return torch.randn(1, 32, 12, 6, 10, generator=torch.Generator().manual_seed(0)) * 3 + 1


@pytest.mark.parametrize("rows", [1, 3, 5])
@pytest.mark.parametrize("name", LAYERS)
@torch.no_grad()
def test_a_layer_in_slabs_gives_what_it_gives_whole(name: str, rows: int, h: Tensor, monkeypatch: pytest.MonkeyPatch):
    layer = randomised(LAYERS[name])
    expected = layer(h)
    monkeypatch.setattr(slabs, "LARGEST", rows * h[:, :, 0].numel())
    torch.testing.assert_close(layer(h.clone()), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_a_whole_autoencoder_in_slabs(monkeypatch: pytest.MonkeyPatch):
    torch.manual_seed(0)
    network, image, index = Autoencoder(SMALL).eval(), torch.rand(1, 1, 16, 24, 12), torch.tensor([0])
    z, skip, drafts = network.encode(image, index)
    decoded = network.decode(z, skip, drafts, index)
    monkeypatch.setattr(slabs, "LARGEST", 2000)
    in_slabs = network.encode(image, index)[0]
    assert float((in_slabs - z).abs().max() / z.std()) < 1e-4
    assert float((network.decode(z, skip, drafts, index) - decoded).abs().max() / decoded.std()) < 1e-4


def test_gradients_need_the_whole(h: Tensor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slabs, "LARGEST", 1)
    assert not slabs.wanted(h)
    with torch.no_grad():
        assert slabs.wanted(h)


@torch.no_grad()
def test_no_tensor_beside_the_result_is_large(h: Tensor, monkeypatch: pytest.MonkeyPatch):
    """What goes into a convolution is a slab and the rows beside it."""
    seen: list[int] = []
    whole = slabs._convolved

    def noted(part: Tensor, conv: nn.Conv3d) -> Tensor:
        seen.append(part.shape[2])
        return whole(part, conv)

    monkeypatch.setattr(slabs, "_convolved", noted)
    monkeypatch.setattr(slabs, "LARGEST", 2 * h[:, :, 0].numel())
    LAYERS["block"](h.clone())
    assert len(seen) == 12 and set(seen) == {4}


def randomised(layer: nn.Module) -> nn.Module:
    """Gains and shifts of the norms differ by channel."""
    generator = torch.Generator().manual_seed(1)
    for norm in layer.modules():
        if isinstance(norm, nn.GroupNorm):
            norm.weight.data = torch.rand(norm.weight.shape, generator=generator) + 0.5
            norm.bias.data = torch.randn(norm.bias.shape, generator=generator)
    return layer
