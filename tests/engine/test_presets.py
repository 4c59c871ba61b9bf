"""Shapes as values: they survive a manifest, and they build networks of the sizes that are published."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from engine.modality import Modality
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import COMPACT, PAPER, PRESETS, RELEASED, Preset


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def counts(preset: Preset) -> tuple[int, int, int]:
    """Parameters of autoencoder, MS-SPADE and U-Net, built without memory."""
    with torch.device("meta"):
        built = build_autoencoder(preset), build_ms_spade(preset), build_unet(preset)
    return count(built[0]), count(built[1]), count(built[2])


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (PAPER, (237_548_316, 55_644_291, 197_011_075)),  # the paper's 237 M; its 658 M U-Net is no plain setting
        (RELEASED, (6_501_869, 18_932_428, 33_197_316)),
    ],
    ids=lambda value: value.name if isinstance(value, Preset) else "",
)
def test_networks_have_the_published_sizes(preset: Preset, expected: tuple[int, int, int]):
    assert counts(preset) == expected


def test_compact_fits_into_a_repository():
    autoencoder, ms_spade, unet = counts(COMPACT)
    assert 4 * (autoencoder + ms_spade) + 2 * unet < 60e6, "bytes: graphs in float32, the U-Net in half"


def test_three_modalities_of_ixi_are_a_replace():
    ixi = replace(PAPER, modalities=(Modality.T1, Modality.T2, Modality.PD))
    assert counts(ixi)[1] < counts(PAPER)[1]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_a_preset_survives_a_manifest(preset: Preset):
    assert Preset.from_json(json.loads(json.dumps(preset.to_json()))) == preset


def test_a_manifest_from_before_decoders_had_blocks_of_their_own_is_read():
    values = json.loads(json.dumps(COMPACT.to_json()))
    del values["autoencoder"]["decoder_blocks"]
    assert Preset.from_json(values).autoencoder.decoder_blocks is None


@pytest.mark.parametrize("part", ["autoencoder", "spade", "unet"])
def test_a_word_that_this_version_does_not_know_is_refused(part: str):
    values = COMPACT.to_json()
    values[part]["attention_to_detail"] = 1
    with pytest.raises(TypeError, match="attention_to_detail"):
        Preset.from_json(values)


def test_a_word_that_is_missing_is_refused():
    values = COMPACT.to_json()
    del values["spade"]["channels"]
    with pytest.raises(TypeError, match="channels"):
        Preset.from_json(values)


def test_classes_of_the_released_weights_lie_in_their_order():
    order = [Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR]
    assert [RELEASED.index(modality) for modality in order] == [0, 1, 2, 3]
    assert [COMPACT.index(modality) for modality in (*order, Modality.PD)] == [0, 1, 2, 3, 4]


def test_rows_of_the_ablation_are_settings():
    a, b, d = (PRESETS[f"compact-{row}"] for row in "abd")
    assert (a.spade.family, a.unet.concat) == ("none", "none")
    assert (b.spade.family, b.unet.concat) == ("none", "prior")
    assert (d.autoencoder.regularizer, d.quantize, d.spade) == ("kl", (), COMPACT.spade)
    assert Preset.from_json(json.loads(json.dumps(d.to_json()))) == d
