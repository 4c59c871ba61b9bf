"""What the networks promise beside their numbers."""

from dataclasses import replace
from functools import reduce
from typing import Any, TypeVar

import pytest
import torch
import torch.nn.functional as F
from diffusers.models.attention import BasicTransformerBlock
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.networks import vqgan
from engine.networks.attention import AttentionBlock, CrossAttention, LatentTransformer, TokenAttention
from engine.networks.blocks import (
    Film,
    SwitchedConv,
    by_slices,
    depth_to_space,
    doubled,
    halved,
    joined,
    space_to_depth,
)
from engine.networks.light import Curves
from engine.networks.model import build_ms_spade, build_unet
from engine.networks.ms_spade import BoundedSpade, Spade, instance_norm, voxel_norm
from engine.networks.unet import VoxelNorm, condition_of, timestep_embedding
from engine.networks.vqgan import Codebook
from engine.presets import PAPER, RELEASED, Preset
from tests.bundles import TINY, networks

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL_PAPER = replace(
    PAPER,
    autoencoder=replace(PAPER.autoencoder, channels=(32, 32, 32), codes=32),
    spade=replace(PAPER.spade, channels=(8, 12, 12, 12, 12, 12, 8)),
    unet=replace(PAPER.unet, channels=(32, 64, 64)),
)
SMALL_RELEASED = replace(
    RELEASED,
    autoencoder=replace(RELEASED.autoencoder, channels=(32, 32, 32), codes=32),
    spade=replace(RELEASED.spade, channels=(8, 16, 8)),
    unet=replace(RELEASED.unet, channels=(64, 64, 64)),
)
Built = tuple[Preset, dict[str, Any]]
Module = TypeVar("Module", bound=nn.Module)
PRESETS = [TINY, SMALL_PAPER, SMALL_RELEASED]


@pytest.fixture(autouse=True)
def fixed_seed():
    torch.manual_seed(0)


@pytest.fixture(scope="module", params=PRESETS, ids=lambda preset: preset.name)
def built(request: pytest.FixtureRequest) -> Built:
    return request.param, networks(request.param)


def randomized(module: Module) -> Module:
    """Without the zeros that layers start from: they hide faults."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.3)
    return module


@torch.no_grad()
def test_codebook_search_is_brute_force():
    book, z = Codebook(50, 4), torch.randn(2, 4, 5, 6, 7)
    nn.init.normal_(book.embedding.weight)
    distances = torch.cdist(z.movedim(1, -1).reshape(-1, 4), book.embedding.weight)
    quantized, index = book(z)
    assert torch.equal(index.reshape(-1), distances.argmin(1))
    torch.testing.assert_close(quantized[1, :, 2, 3, 4], book.embedding.weight[index[1, 0, 2, 3, 4]])


@torch.no_grad()
def test_a_wide_latent_is_quantized_in_groups_that_share_the_codes():
    book, z = Codebook(50, 4), torch.randn(2, 12, 5, 6, 7)
    nn.init.normal_(book.embedding.weight)
    quantized, index = book(z)
    assert index.shape == (2, 3, 5, 6, 7)
    for group in range(3):
        alone, found = book(z[:, 4 * group : 4 * group + 4])
        assert torch.equal(quantized[:, 4 * group : 4 * group + 4], alone)
        assert torch.equal(index[:, group], found[:, 0])


@torch.no_grad()
def test_both_ways_of_searching_find_the_same_and_the_one_of_cuda_never_holds_the_whole_matrix(
    monkeypatch: pytest.MonkeyPatch,
):
    flat, codes, rows = torch.randn(420, 4), torch.randn(50, 4), list[int]()
    monkeypatch.setattr(vqgan, "SEARCH_CHUNK", 64)
    split = Tensor.split

    def watched(flat: Tensor, size: int) -> tuple[Tensor, ...]:
        parts = split(flat, size)
        rows.extend(len(part) for part in parts)
        return parts

    monkeypatch.setattr(Tensor, "split", watched)
    assert torch.equal(vqgan.by_product(flat, codes), vqgan.by_tree(flat, codes))
    assert max(rows) <= 64
    assert sum(rows) == 420


@torch.no_grad()
@pytest.mark.parametrize("kernel", [1, 3])
def test_switched_convolution_of_a_batch_is_that_of_each(kernel: int):
    conv, h, target = randomized(SwitchedConv(5, 3, 6, kernel)), torch.randn(4, 3, 5, 6, 7), torch.tensor([3, 0, 3, 4])
    together = conv(h, target)
    for n in range(4):
        torch.testing.assert_close(together[n : n + 1], conv(h[n : n + 1], target[n : n + 1]))
    own = F.conv3d(h[1:2], conv.weight[0], conv.bias[0], padding=kernel // 2)
    torch.testing.assert_close(together[1:2], own)


@torch.no_grad()
@pytest.mark.parametrize("norm", ["voxel", "instance"])
def test_bounded_gamma_cannot_explode(norm: str):
    spade = BoundedSpade(3, 8, 1, norm)
    assert torch.equal(spade(h := torch.randn(2, 8, 4, 4, 4), target := torch.tensor([0, 2])), spade.norm(h))
    spade.modulation.weight[:, :8].normal_(std=1e3)
    assert float((spade(h, target) / spade.norm(h)).max()) <= 2.001
    assert float((spade(h, target) / spade.norm(h)).min()) >= -0.001


@torch.no_grad()
def test_spade_is_equation_1():
    spade, h = randomized(Spade(3, 4, 3)), 5 + 3 * torch.randn(1, 4, 5, 5, 5)
    mean, sd = h.mean((2, 3, 4), keepdim=True), h.std((2, 3, 4), keepdim=True, unbiased=False)
    for target in range(3):
        chosen = torch.tensor([target])
        hidden = F.relu(spade.mlp_shared(h, chosen))
        gamma, beta = 1 + spade.mlp_gamma(hidden, chosen), spade.mlp_beta(hidden, chosen)
        torch.testing.assert_close(spade(h, chosen), gamma * (h - mean) / sd + beta, rtol=1e-3, atol=1e-3)


@torch.no_grad()
def test_norms():
    h = 5 + 3 * torch.randn(2, 16, 4, 5, 6)
    torch.testing.assert_close(instance_norm(h).mean((2, 3, 4)), torch.zeros(2, 16), rtol=0, atol=1e-4)
    torch.testing.assert_close(voxel_norm(h).mean(1), torch.zeros(2, 4, 5, 6), rtol=0, atol=1e-4)
    torch.testing.assert_close(voxel_norm(h)[..., 1:3, 1:3, 1:3], voxel_norm(h[..., 1:3, 1:3, 1:3]))
    torch.testing.assert_close(VoxelNorm(16)(h), voxel_norm(h), rtol=1e-3, atol=1e-3)


def by_hand(attention: TokenAttention, h: Tensor, context: Tensor) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V of two heads of 8 channels."""
    parts: list[Tensor] = []
    for head in (slice(0, 8), slice(8, 16)):
        q, k, v = attention.to_q(h)[..., head], attention.to_k(context)[..., head], attention.to_v(context)[..., head]
        parts.append(torch.softmax(q @ k.mT / 8**0.5, dim=-1) @ v)
    return attention.to_out(torch.cat(parts, dim=-1))


@torch.no_grad()
@pytest.mark.parametrize("tokens", [1, 2, 7])
def test_attention_is_equation_3(tokens: int):
    attention, h, context = randomized(TokenAttention(16, 5, 8)), torch.randn(2, 30, 16), torch.randn(2, tokens, 5)
    torch.testing.assert_close(attention(h, context).expand_as(h), by_hand(attention, h, context))


@torch.no_grad()
def test_what_is_left_of_cross_attention_is_the_same():
    """Equation 3 with W_Q and W_K of any values: the bare block gives what the whole one gives."""
    whole, bare = randomized(TokenAttention(16, 5, 8)), CrossAttention(16, 5)
    bare.load_state_dict(
        {name: value for name, value in whole.state_dict().items() if "_q" not in name and "_k" not in name}
    )
    h, y = torch.randn(2, 16, 3, 4, 5), F.one_hot(torch.tensor([1, 4]), 5).float()
    attended = by_hand(whole, h.flatten(2).mT, y[:, None])
    torch.testing.assert_close(bare(h, y), h + attended.mT.reshape(h.shape))


@torch.no_grad()
def test_self_attention_never_makes_the_matrix_of_voxels_by_voxels():
    """Where torch could not do without it, it refuses: other ways are shut."""
    block, h = randomized(AttentionBlock(32, 16)), torch.randn(2, 32, 4, 4, 4)
    with torch.no_grad(), sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        fused = block(h)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        torch.testing.assert_close(fused, block(h))


def test_self_attention_ignores_the_order_of_voxels():
    block, h = randomized(AttentionBlock(32, 16)), torch.randn(1, 32, 4, 4, 4)
    torch.testing.assert_close(block(h.flip(2)), block(h).flip(2), rtol=1e-4, atol=1e-4)
    latent = randomized(LatentTransformer(32, 4, 16))
    y = torch.tensor([[0.0, 1, 0, 0]])
    torch.testing.assert_close(latent(h.flip(2), y), latent(h, y).flip(2), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_block_of_latent_diffusion_is_that_of_diffusers():
    ours = randomized(LatentTransformer(32, 4, 16))
    theirs = BasicTransformerBlock(32, 2, 16, cross_attention_dim=4)
    names = {"ff.proj": "ff.net.0.proj", "ff.out": "ff.net.2", "to_out": "to_out.0"}
    state = {
        reduce(lambda name, pair: name.replace(*pair), names.items(), name): value
        for name, value in ours.state_dict().items()
        if name.startswith(("norm1", "norm2", "norm3", "attn", "ff"))
    }
    theirs.load_state_dict(state)
    h, y = torch.randn(2, 32, 3, 4, 5), F.one_hot(torch.tensor([1, 3]), 4).float()
    tokens = ours.proj_in(ours.norm(h)).flatten(2).mT
    expected = h + ours.proj_out(theirs(tokens, encoder_hidden_states=y[:, None]).mT.reshape(h.shape))
    torch.testing.assert_close(ours(h, y), expected, rtol=1e-4, atol=1e-4)


def test_space_to_depth_loses_nothing():
    x = torch.randn(2, 3, 4, 6, 8)
    small = space_to_depth(x)
    assert small.shape == (2, 24, 2, 3, 4)
    assert torch.equal(small[0, :8, 1, 2, 3], x[0, 0, 2:4, 4:6, 6:8].reshape(-1))


def test_halving_is_a_convolution_of_what_space_to_depth_stacks():
    x, conv = torch.randn(2, 3, 4, 6, 8), nn.Conv3d(24, 5, 1)
    torch.testing.assert_close(halved(x, conv), conv(space_to_depth(x)))


def test_doubling_is_the_way_back_from_space_to_depth():
    h, conv = torch.randn(2, 5, 2, 3, 4), nn.Conv3d(5, 24, 1)
    large = doubled(h, conv)
    assert large.shape == (2, 3, 4, 6, 8)
    torch.testing.assert_close(space_to_depth(large), conv(h))
    torch.testing.assert_close(large, depth_to_space(conv(h)))


@pytest.mark.parametrize("sides", [(1, 1, 1), (1, 3, 2), (2, 3, 4), (7, 5, 6)])
def test_a_convolution_by_slices_is_the_convolution(sides: tuple[int, int, int]):
    h, conv = torch.randn(2, 9, *sides), nn.Conv3d(9, 1, 3, padding=1)
    expected = conv(h)
    with torch.inference_mode():
        torch.testing.assert_close(by_slices(h, conv), expected.detach())
    assert by_slices(h, conv).requires_grad


def test_what_is_joined_has_its_channels_last_in_memory():
    first = torch.randn(2, 3, 4, 5, 6).contiguous(memory_format=torch.channels_last_3d)
    second = torch.randn(2, 1, 4, 5, 6)
    whole = joined([first, second])
    assert torch.equal(whole, torch.cat([first, second], dim=1))
    assert whole.is_contiguous(memory_format=torch.channels_last_3d)


def test_a_switched_convolution_of_one_sample_is_that_of_several():
    """Of one sample the weights are switched, of several what they make."""
    film, conv, target = Film(4, 6), nn.Conv3d(3, 6, 3, padding=1), torch.tensor([2, 0])
    nn.init.normal_(film.gain)
    nn.init.normal_(film.shift)
    h = torch.randn(2, 3, 4, 5, 6)
    both = film(conv, h, target)
    expected = conv(h[:1]) * film.gain[2].view(-1, 1, 1, 1) + film.shift[2].view(-1, 1, 1, 1)
    torch.testing.assert_close(both[:1], expected)
    torch.testing.assert_close(film(conv, h[:1], target[:1]), expected)


def test_timestep_embedding():
    found = timestep_embedding(torch.tensor([0, 437]), 8)
    assert found[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert found[1, 1] == pytest.approx(torch.cos(torch.tensor(437 * 10000**-0.25)).item(), abs=1e-4)


@torch.no_grad()
def test_curves_are_linear_between_knots_and_leave_the_background():
    curves = Curves(2, 6)
    curves.values[0, 1] = torch.tensor([3.0, 1, 2, 0, 5, 4])
    x = torch.tensor([0.0, 0.25, 0.5, 0.75, 2.5, 9.0]).reshape(1, 1, 6, 1, 1)
    drafts = curves(x, torch.tensor([0]))
    assert drafts.shape == (1, 2, 6, 1, 1)
    assert drafts[0, 1].flatten().tolist() == pytest.approx([0, 2, 1, 1.5, 4, 4])
    assert drafts[0, 0].flatten().tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 2.5, 2.5])


@torch.no_grad()
def test_a_network_of_the_preset_keeps_its_promised_shapes(built: Built):
    preset, made = built
    latent, target = preset.autoencoder.latent, torch.tensor([1])
    image = torch.rand(1, 1, 16, 32, 16)
    z, skip, drafts = made["autoencoder"].encode(image, torch.tensor([0]))
    assert z.shape == (1, latent, 4, 8, 4)
    assert made["autoencoder"].quantize(z)[0].shape == z.shape
    prior = made["ms_spade"](z, target)
    assert prior.shape == z.shape
    condition = torch.cat([z, prior], dim=1) if preset.unet.concat == "prior+source" else prior
    assert made["unet"](z, condition, torch.tensor([500]), target).shape == z.shape
    assert made["autoencoder"].decode(prior, skip, drafts, target).shape == image.shape
    assert made["autoencoder"](image, target).shape == image.shape


@torch.no_grad()
def test_every_target_has_weights_of_its_own(built: Built):
    preset, made = built
    z = torch.randn(1, preset.autoencoder.latent, 4, 8, 4)
    condition = torch.cat([z, z], dim=1) if preset.unet.concat == "prior+source" else z
    targets = [torch.tensor([n]) for n in range(len(preset.modalities))]
    for answers in (
        [made["ms_spade"](z, target) for target in targets],
        [made["unet"](z, condition, torch.tensor([500]), target) for target in targets],
    ):
        for n, one in enumerate(answers):
            assert all(float((one - other).abs().mean()) > 1e-4 for other in answers[:n])


@torch.no_grad()
def test_a_batch_with_several_targets_is_each_alone(built: Built):
    preset, made = built
    z, target = torch.randn(2, preset.autoencoder.latent, 4, 8, 4), torch.tensor([2, 0])
    t = torch.tensor([10, 900])
    condition = torch.cat([z, z], dim=1) if preset.unet.concat == "prior+source" else z
    spade, unet = made["ms_spade"](z, target), made["unet"](z, condition, t, target)
    for n in range(2):
        one = slice(n, n + 1)
        torch.testing.assert_close(spade[one], made["ms_spade"](z[one], target[one]), rtol=1e-3, atol=1e-4)
        alone = made["unet"](z[one], condition[one], t[one], target[one])
        torch.testing.assert_close(unet[one], alone, rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_the_compact_networks_see_the_same_on_a_crop_as_on_the_whole():
    """No statistics over the volume: far from its border a crop's answer is the whole's."""
    made, chosen = dict[str, Any](networks(TINY)), torch.tensor([1])
    image = torch.rand(1, 1, 112, 24, 24)
    autoencoder, spade, unet = made["autoencoder"], made["ms_spade"], made["unet"]
    z, skip, drafts = autoencoder.encode(image, chosen)
    part = autoencoder.encode(image[..., :96, :, :], chosen)
    inner = (..., slice(0, 5), slice(None), slice(None))  # 20 voxels; 74 around each are looked at
    torch.testing.assert_close(part[0][inner], z[inner], rtol=1e-4, atol=1e-5)
    image = torch.rand(1, 1, 64, 64, 64)
    z, skip, drafts = autoencoder.encode(image, chosen)
    whole = autoencoder.decode(z, skip, drafts, chosen)
    cut = [x[..., : x.shape[2] * 3 // 4, : x.shape[3] * 3 // 4, : x.shape[4] * 3 // 4] for x in (z, skip, drafts)]
    near = (..., slice(0, 20), slice(0, 20), slice(0, 20))
    torch.testing.assert_close(autoencoder.decode(*cut, chosen)[near], whole[near], rtol=1e-4, atol=1e-4)
    latent = torch.randn(1, TINY.autoencoder.latent, 40, 8, 8)
    corner = (..., slice(0, 16), slice(None), slice(None))
    torch.testing.assert_close(spade(latent[:, :, :32], chosen)[corner], spade(latent, chosen)[corner])
    t = torch.tensor([300])
    both = (unet(x, x, t, chosen)[:, :, :8] for x in (latent[:, :, :32], latent))
    torch.testing.assert_close(*both, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_the_compact_encoder_looks_far_around():
    """What a voxel's latent and skip are depends on voxels 40 away; without an eighth's width on nothing so far."""
    far, chosen = torch.zeros(1, 1, 64, 24, 24), torch.tensor([1])
    far[:, :, -8:] = 1
    plain = replace(TINY, autoencoder=replace(TINY.autoencoder, channels=(2, 4, 8), mid_blocks=0))
    for preset, reached in ((TINY, True), (plain, False)):
        encode = networks(preset)["autoencoder"].encode  # pyright: ignore[reportCallIssue]
        pairs = zip(encode(far, chosen)[:2], encode(torch.zeros_like(far), chosen)[:2], strict=True)
        for changed, before in pairs:
            near = slice(0, changed.shape[2] // 4)
            assert (float((changed - before)[:, :, near].abs().max()) > 0) is reached


@torch.no_grad()
def test_sides_that_cannot_be_halved_three_times_are_encoded():
    autoencoder: Any = networks(TINY)["autoencoder"]
    z, skip, _ = autoencoder.encode(torch.rand(1, 1, 12, 20, 16), torch.tensor([0]))
    assert (z.shape[2:], skip.shape[2:]) == ((3, 5, 4), (6, 10, 8))


@torch.no_grad()
def test_the_source_passes_to_the_compact_decoder():
    autoencoder: Any = networks(TINY)["autoencoder"]
    image = torch.rand(1, 1, 16, 16, 16)
    target = torch.tensor([2])
    z, skip, drafts = autoencoder.encode(image, torch.tensor([0]))
    whole = autoencoder.decode(z, skip, drafts, target)
    assert float((autoencoder.decode(z, 0 * skip, drafts, target) - whole).abs().max()) > 1e-4
    brighter = drafts.clone()
    brighter[:, 2] += 1
    assert float((autoencoder.decode(z, skip, brighter, target) - whole).mean()) == pytest.approx(1, abs=0.5)
    other = drafts.clone()
    other[:, [0, 1, 3, 4]] += 1
    assert torch.equal(autoencoder.decode(z, skip, other, target), whole)


def test_ms_spade_starts_as_the_identity():
    z = torch.randn(1, TINY.autoencoder.latent, 4, 4, 4)
    torch.testing.assert_close(build_ms_spade(TINY)(z, torch.tensor([3])), z)


@torch.no_grad()
@pytest.mark.parametrize("conditioning", ["cross_attention", "class_embedding", "both"])
@pytest.mark.parametrize("concat", ["prior", "prior+source"])
@pytest.mark.parametrize("self_attention", [True, False])
def test_options_of_the_denoiser(conditioning: str, concat: str, self_attention: bool):
    """Options, not forks: each combination builds, takes its condition and knows its target."""
    shape = replace(TINY.unet, conditioning=conditioning, concat=concat, self_attention=self_attention)  # pyright: ignore[reportArgumentType]
    unet = randomized(build_unet(replace(TINY, unet=shape))).eval()
    z = torch.randn(1, TINY.autoencoder.latent, 4, 4, 4)
    condition = torch.cat([z, z], dim=1) if concat == "prior+source" else z
    answers = [unet(z, condition, torch.tensor([500]), torch.tensor([n])) for n in (0, 4)]
    assert answers[0].shape == z.shape
    assert float((answers[0] - answers[1]).abs().mean()) > 1e-3
    assert float((unet(z, 0 * condition, torch.tensor([500]), torch.tensor([0])) - answers[0]).abs().mean()) > 1e-3
    assert float((unet(z, condition, torch.tensor([5]), torch.tensor([0])) - answers[0]).abs().mean()) > 1e-3


@torch.no_grad()
@pytest.mark.parametrize("concat", ["none", "prior"])
def test_the_denoiser_takes_sides_that_it_cannot_halve(concat: str):
    unet = randomized(build_unet(replace(TINY, unet=replace(TINY.unet, concat=concat)))).eval()  # pyright: ignore[reportArgumentType]
    whole = torch.randn(1, TINY.autoencoder.latent, 6, 8, 8)
    whole[:, :, 5:] = whole[:, :, 4:5]
    whole[..., 7:] = whole[..., 6:7]
    t, target = torch.tensor([500]), torch.tensor([1])
    part = whole[:, :, :5, :, :7]
    of_whole, of_part = (unet(z, condition_of(concat, z, z), t, target) for z in (whole, part))
    torch.testing.assert_close(of_part, of_whole[:, :, :5, :, :7])


@pytest.mark.parametrize("samples", [1, 2])
def test_the_gradient_of_instance_norm_does_not_depend_on_memory_format(samples: int):
    h, slope = torch.randn(2, samples, 8, 4, 4, 4, dtype=torch.float64)
    found: list[torch.Tensor] = []
    for memory in (torch.contiguous_format, torch.channels_last_3d):
        leaf = h.clone().requires_grad_()
        instance_norm(leaf).backward(slope.contiguous(memory_format=memory))
        assert leaf.grad is not None
        found.append(leaf.grad)
    torch.testing.assert_close(found[0], found[1])
