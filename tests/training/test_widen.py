from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import RespinError
from engine.networks.model import build_autoencoder, build_ms_spade
from engine.presets import COMPACT
from tests import bundles
from tests.bundles import networks
from training import checkpoint, widen
from training.autoencoder import AutoencoderStage
from training.launch import launch
from training.recipes import recipe_of
from training.widen import widened

NARROW = replace(
    COMPACT,
    autoencoder=replace(
        COMPACT.autoencoder, channels=(4, 8, 12), blocks=1, mid_blocks=1, groups=6, codes=16, decoder_blocks=None
    ),
    spade=replace(COMPACT.spade, channels=(16,)),
)
WIDE = replace(
    NARROW,
    autoencoder=replace(NARROW.autoencoder, channels=(4, 12, 12, 8), blocks=2, mid_blocks=1),
    spade=replace(NARROW.spade, channels=(16, 16)),
)


def noisy(network):
    """No weight is at the value that it is built with."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network.eval()


@torch.no_grad()
def test_the_wider_autoencoder_answers_as_the_narrow_one():
    torch.manual_seed(0)
    narrow, wide = noisy(build_autoencoder(NARROW)), noisy(build_autoencoder(WIDE))
    wide.load_state_dict(widened(narrow.state_dict(), wide.state_dict(), (8, 12)))
    image, source, target = torch.rand(1, 1, 16, 16, 16), torch.tensor([0]), torch.tensor([2])
    answers = []
    for network in (narrow, wide):
        z, skip, drafts = network.encode(image, source)
        answers.append((z, network.decode(z, skip, drafts, target)))
    (z, made), (wide_z, wide_made) = answers
    assert wide_z.numpy() == pytest.approx(z.numpy(), abs=1e-5)
    assert wide_made.numpy() == pytest.approx(made.numpy(), abs=1e-5)


@torch.no_grad()
def test_a_new_spade_block_adds_nothing():
    torch.manual_seed(0)
    narrow, wide = noisy(build_ms_spade(NARROW)), noisy(build_ms_spade(WIDE))
    wide.load_state_dict(widened(narrow.state_dict(), wide.state_dict(), (8, 12)))
    z, target = torch.randn(1, 24, 4, 4, 4), torch.tensor([3])
    assert wide(z, target).numpy() == pytest.approx(narrow(z, target).numpy(), abs=1e-6)


@torch.no_grad()
def test_what_has_become_narrower_begins_anew():
    torch.manual_seed(0)
    wide, narrow = build_ms_spade(WIDE), build_ms_spade(replace(WIDE, spade=replace(WIDE.spade, channels=(8, 8))))
    weights = widened(noisy(wide).state_dict(), narrow.state_dict(), (12, 12))
    assert torch.equal(weights["stem.weight"], narrow.state_dict()["stem.weight"])
    assert torch.equal(weights["out.bias"], wide.state_dict()["out.bias"])


def test_new_features_are_not_all_zero():
    torch.manual_seed(0)
    narrow, wide = noisy(build_autoencoder(NARROW)), noisy(build_autoencoder(WIDE))
    weight = widened(narrow.state_dict(), wide.state_dict(), (8, 12))["encoder.at_half.0.conv1.weight"]
    assert bool((weight[8:] != 0).all())
    assert bool((weight[:8, 8:] == 0).all())


def trained(run: Path) -> Path:
    stage = AutoencoderStage(NARROW, recipe_of("autoencoder", "compact"))
    average = torch.nn.ModuleDict(stage.exported()).state_dict()
    (run / "autoencoder").mkdir(parents=True)
    state = {"step": 7, "seconds": 60.0, "stage": stage.state_dict(), "average": average}
    checkpoint.save(run / "autoencoder" / "state.pt", state)
    return run


def test_a_run_begins_from_a_bundle_whose_run_is_gone(tmp_path, monkeypatch):
    built = {name: noisy(network) for name, network in networks(NARROW).items()}
    monkeypatch.setattr(bundles, "networks", lambda preset: built)  # the exporter joins equal weights
    bundle = bundles.write_bundle(tmp_path / "small", NARROW)
    monkeypatch.setitem(widen.PRESETS, "compact", WIDE)
    widen.begin(bundle, "compact", tmp_path / "large")
    state = checkpoint.load(tmp_path / "large" / "autoencoder" / "state.pt")
    stage = AutoencoderStage(WIDE, recipe_of("autoencoder", "compact"))
    stage.load_state_dict(state["stage"])
    codes = built["autoencoder"].get_parameter("quantizer.embedding.weight")
    assert torch.equal(stage.autoencoder.get_parameter("quantizer.embedding.weight"), codes)
    z, target = torch.randn(1, 24, 4, 4, 4), torch.tensor([1])
    with torch.no_grad():
        assert stage.ms_spade(z, target).numpy() == pytest.approx(built["ms_spade"](z, target).numpy(), abs=1e-5)
    assert stage.codes is not None  # codes that the first step does not show are not taken for dead
    stage.codes.observe(torch.randn(1, 24, 4, 4, 4), torch.zeros(1, 6, 4, 4, 4, dtype=torch.int64))
    stage.codes.settle(launch(1))
    after = stage.autoencoder.get_parameter("quantizer.embedding.weight")
    assert torch.allclose(after[1:], codes[1:], atol=1e-6)
    assert not torch.equal(after[0], codes[0])


def test_codes_of_another_width_begin_anew(tmp_path, monkeypatch):
    other = replace(WIDE, autoencoder=replace(WIDE.autoencoder, groups=8))
    monkeypatch.setitem(widen.PRESETS, "compact", other)
    run = trained(tmp_path / "small")
    state = checkpoint.load(run / "autoencoder" / "state.pt")
    state["stage"]["codes.count"] += 3
    checkpoint.save(run / "autoencoder" / "state.pt", state)
    widen.begin(run, "compact", tmp_path / "large")
    begun = checkpoint.load(tmp_path / "large" / "autoencoder" / "state.pt")["stage"]
    assert not begun["codes.count"].any()
    assert begun["codes.total"].shape == (16, 3)


def test_a_run_begins_from_a_smaller_one(tmp_path, monkeypatch):
    monkeypatch.setitem(widen.PRESETS, "compact", WIDE)
    widen.begin(trained(tmp_path / "small"), "compact", tmp_path / "large")
    state = checkpoint.load(tmp_path / "large" / "autoencoder" / "state.pt")
    assert (state["step"], state["seconds"]) == (0, 60.0)
    AutoencoderStage(WIDE, recipe_of("autoencoder", "compact")).load_state_dict(state["stage"])
    with pytest.raises(RespinError, match="there already"):
        widen.begin(tmp_path / "small", "compact", tmp_path / "large")
