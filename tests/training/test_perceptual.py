"""Perceptual loss: 0 for the same image, growing with the difference, from features that never learn."""

from pathlib import Path

import pytest
import torch
from torch import nn

from engine.errors import RespinError
from training.perceptual import FixedFeatures, features_of, perceptual

VGG16 = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state dict with torchvision's names and shapes, random weights; its classifier is there and not used."""
    torch.manual_seed(0)
    state: dict[str, torch.Tensor] = {}
    places = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    for place, inputs, outputs in zip(places, (3, *VGG16), VGG16, strict=False):
        conv = nn.Conv2d(inputs, outputs, 3)
        state |= {f"features.{place}.weight": conv.weight.data, f"features.{place}.bias": conv.bias.data}  # pyright: ignore
    path = tmp_path_factory.mktemp("weights") / "vgg16.pth"
    torch.save(state | {"classifier.0.weight": torch.zeros(2, 2)}, path)
    return path


def test_fixed_features_are_the_same_in_every_process_and_never_learn():
    first, second = FixedFeatures(), features_of("")
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not any(p.requires_grad for p in second.parameters())


@pytest.mark.parametrize("kind", ["fixed", "vgg"])
def test_the_loss_grows_with_the_difference_and_pulls_at_the_image(kind: str, vgg: Path):
    features = features_of("" if kind == "fixed" else str(vgg))
    torch.manual_seed(1)
    truth, mask = torch.rand(1, 1, 24, 16, 20), torch.ones(1, 1, 24, 16, 20)
    change = torch.randn_like(truth)
    losses = [float(perceptual(features, truth + size * change, truth, mask)) for size in (0.0, 0.05, 0.3)]
    assert losses[0] == 0
    assert losses[0] < losses[1] < losses[2]
    image = (truth + 0.1 * change).requires_grad_()
    perceptual(features, image, truth, mask).backward()
    assert image.grad is not None
    assert image.grad.any()


def test_what_lies_outside_the_mask_is_not_seen():
    truth, mask = torch.rand(1, 1, 16, 16, 16), torch.zeros(1, 1, 16, 16, 16)
    mask[..., 4:12] = 1
    other = truth + (1 - mask)
    assert float(perceptual(features_of(""), other, truth, mask)) == 0


def test_what_is_no_vgg_is_refused_in_words(tmp_path: Path):
    torch.save({"features.0.weight": torch.zeros(4, 3, 3, 3), "features.0.bias": torch.zeros(4)}, tmp_path / "a.pth")
    (tmp_path / "b.pth").write_bytes(b"not weights")
    for name in ("a.pth", "b.pth", "missing.pth"):
        with pytest.raises(RespinError, match=name):
            features_of(str(tmp_path / name))
