"""Names of the authors' checkpoints under ours (their numbers: tests/engine/test_golden.py)."""

import pytest
import torch
from torch import Tensor

from engine.errors import RespinError
from engine.released import rename


def tensor(value: float) -> Tensor:
    return torch.full((2,), value, dtype=torch.float16)


STATE = {
    "first_stage_model.encoder.conv_in.weight": tensor(1),
    "first_stage_model.decoder.up.2.block.1.norm1.bias": tensor(2),
    "first_stage_model.quantize.embedding.weight": tensor(3),
    "first_stage_model.post_quant_conv.bias": tensor(4),
    "first_stage_model.spade.block.0.conv_s.weight": tensor(5),
    "first_stage_model.spade.block.0.norm_1.spades.1.mlp_shared.0.weight": tensor(7),
    "first_stage_model.spade.block.0.norm_1.spades.0.mlp_shared.0.weight": tensor(6),
    "first_stage_model.spade.block.0.norm_1.spades.0.mlp_beta.bias": tensor(8),
    "first_stage_model.spade.block.0.norm_1.spades.1.mlp_beta.bias": tensor(9),
    "model.diffusion_model.input_blocks.3.1.qkv.weight": tensor(10),
    "model.diffusion_model.out.2.bias": tensor(11),
}


def test_every_network_gets_its_own():
    networks = rename(STATE)
    assert {name: set(state) for name, state in networks.items()} == {
        "autoencoder": {
            "encoder.conv_in.weight",
            "decoder.up.2.block.1.norm1.bias",
            "quantizer.embedding.weight",
            "post_quant_conv.bias",
        },
        "ms_spade": {"block.0.conv_s.weight", "block.0.norm_1.mlp_shared.weight", "block.0.norm_1.mlp_beta.bias"},
        "unet": {"input_blocks.3.1.qkv.weight", "out.2.bias"},
    }
    assert all(value.dtype == torch.float32 for state in networks.values() for value in state.values())


def test_weights_of_the_targets_are_stacked_in_their_order():
    spade = rename(STATE)["ms_spade"]
    assert spade["block.0.norm_1.mlp_shared.weight"].tolist() == [[6, 6], [7, 7]]
    assert spade["block.0.norm_1.mlp_beta.bias"].tolist() == [[8, 8], [9, 9]]


def test_the_first_stage_alone():
    alone = {key.removeprefix("first_stage_model."): value for key, value in STATE.items() if "first_stage" in key}
    networks = rename(alone)
    assert set(networks) == {"autoencoder", "ms_spade"}
    assert networks["autoencoder"].keys() == rename(STATE)["autoencoder"].keys()


def test_averaged_weights_are_preferred():
    averaged = {
        "model_ema.diffusion_modelout2bias": tensor(99),
        "model_ema.decay": torch.tensor(0.9999),
        "model_ema.num_updates": torch.tensor(7),
    }
    unet = rename(STATE | averaged)["unet"]
    assert unet["out.2.bias"].tolist() == [99, 99]
    assert unet["input_blocks.3.1.qkv.weight"].tolist() == [10, 10]


@pytest.mark.parametrize(
    "key",
    [
        "betas",
        "alphas_cumprod",
        "alphas_cumprod_prev",
        "sqrt_alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod",
        "log_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod",
        "sqrt_recipm1_alphas_cumprod",
        "posterior_variance",
        "posterior_mean_coef1",
        "logvar",
        "scale_factor",
        "first_stage_model.loss.discriminator.main.0.weight",
    ],
)
def test_what_is_no_network_is_left_out(key: str):
    assert rename(STATE | {key: tensor(0)}).keys() == rename(STATE).keys()


@pytest.mark.parametrize("key", ["surprise.weight", "first_stage_model.attic.bias", "model_ema.nobody"])
def test_a_name_that_nobody_knows_is_refused(key: str):
    with pytest.raises(RespinError, match=f"does not know: {key}"):
        rename(STATE | {key: tensor(0)})
