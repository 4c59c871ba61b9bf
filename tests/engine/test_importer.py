"""From checkpoints of the authors to a bundle that answers with their numbers, or a sentence and no bundle."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine import sampling
from engine.bundle import FILES, Bundle, open_bundle
from engine.device import Device
from engine.errors import BadCheckpoint, RespinError, UnwritableOutput
from engine.files import read
from engine.importer import import_checkpoints
from engine.modality import Modality
from engine.presets import Preset
from engine.progress import finish
from engine.refiner import Refiner
from engine.released import infer, rename
from engine.sampling import Plan
from engine.stages import Passed, Stages
from engine.synthesis import Mode, Request
from engine.translator import Translator
from tests.phantoms import phantom, write_phantom

pytestmark = pytest.mark.usefixtures("one_thread")

NETWORK, SAMPLE = 1e-4, 1e-3
"""Largest difference from the reference, in its standard deviations."""
FIRST = "first_stage_model."
State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state(golden_folder: Path) -> State:
    return load_file(golden_folder / "released-small.safetensors")


@pytest.fixture(scope="module")
def golden(golden_folder: Path) -> State:
    return load_file(golden_folder / "released-small-io.safetensors")


def first_stage(state: State) -> State:
    """What the checkpoint of a VQGAN holds."""
    return {key.removeprefix(FIRST): tensor for key, tensor in state.items() if key.startswith(FIRST)}


def bring(paths: list[Path], out: Path) -> Bundle:
    finish(import_checkpoints(paths, out))
    return open_bundle(out)


@pytest.fixture(scope="module")
def bundle(state: State, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Of two checkpoints as Lightning writes them: keys shuffled, the denoiser's best weights under `model_ema.`"""
    folder = tmp_path_factory.mktemp("checkpoints")
    ldm: State = {"model_ema.decay": torch.tensor(0.9999), "model_ema.num_updates": torch.tensor(5)}
    for key in sorted(state, reverse=True):
        if key.startswith("model."):
            ldm["model_ema." + key.removeprefix("model.").replace(".", "")] = state[key]
            ldm[key] = torch.zeros_like(state[key])
        elif not key.startswith(FIRST):
            ldm[key] = state[key]
    order = np.random.default_rng(0).permutation(list(ldm))
    torch.save({"state_dict": {str(key): ldm[key] for key in order}, "epoch": 3}, folder / "ldm.ckpt")
    torch.save({"state_dict": first_stage(state)}, folder / "vqgan.ckpt")
    return bring([folder / "ldm.ckpt", folder / "vqgan.ckpt"], folder / "imported")


DEVICE = Device("cpu", 1, exact=True)


@pytest.fixture(scope="module")
def stages(bundle: Bundle) -> Stages:
    return Stages(bundle.directory, DEVICE, bundle.preset)


def agree(found: np.ndarray, golden: Tensor, tolerance: float = NETWORK):
    """found: without the batch axis of the golden one."""
    assert found.shape == golden.shape[1:]
    assert np.abs(found - golden[0].numpy()).max() <= tolerance * float(golden.std())


def test_the_sizes_are_read_from_the_tensors(bundle: Bundle):
    preset = bundle.preset
    assert (preset.autoencoder.channels, preset.autoencoder.blocks, preset.autoencoder.mid_blocks) == (
        (32, 32, 64),
        1,
        1,
    )
    assert (preset.autoencoder.latent, preset.autoencoder.codes) == (4, 128)
    assert (preset.spade.channels, preset.spade.kernel) == ((8, 16, 8), 3)
    assert (preset.unet.channels, preset.unet.blocks, preset.unet.head) == ((32, 32, 64), 1, 16)
    assert (preset.unet.attention, preset.unet.concat) == ((1, 2), "prior+source")
    assert all(len(bundle.targets(source)) == 3 for source in preset.modalities)
    bundle.verify()


def test_the_encoder_of_the_bundle(stages: Stages, golden: State):
    for source in range(4):
        agree(stages.encode(golden["vq.input"][0, 0].numpy(), source)[0], golden["vq.pre_quant"])


def test_the_codes_of_the_bundle(bundle: Bundle, golden: State):
    agree(Refiner(bundle, DEVICE).quantize(golden["vq.pre_quant"][0].numpy()), golden["vq.quantized"])


@pytest.mark.parametrize("target", range(4))
def test_ms_spade_of_the_bundle(stages: Stages, golden: State, target: int):
    agree(stages.transform(golden["vq.quantized"][0].numpy(), target), golden[f"spade.{target}"])


@pytest.mark.parametrize(("latent", "image"), [("vq.quantized", "vq.decoded"), ("ddim10.sample", "ddim10.decoded")])
def test_the_decoder_of_the_bundle(stages: Stages, golden: State, latent: str, image: str):
    nothing = Passed(np.zeros((0, 16, 24, 16), np.float32), np.zeros((0, 32, 48, 32), np.float32))
    agree(stages.decode(golden[latent][0].numpy(), nothing, 2), golden[image][:, 0])


def test_the_denoiser_of_the_bundle(bundle: Bundle, golden: State):
    """The averaged weights: the last ones of the checkpoint are all 0."""
    condition = torch.cat([golden["vq.quantized"], golden["spade.2"]], dim=1)
    with torch.no_grad():
        eps = Refiner(bundle, DEVICE).unet(golden["unet.z_t"], condition, golden["unet.t"], torch.tensor([2]))
    agree(eps[0].numpy(), golden["unet.eps"])


def test_the_sampler_of_the_bundle(bundle: Bundle, golden: State, monkeypatch: pytest.MonkeyPatch):
    """The authors decode the sample as it is: here the bundle is told not to quantize it."""
    monkeypatch.setattr(sampling, "noise_like", lambda z, seed: golden["unet.z_t"])
    as_theirs = replace(bundle, preset=replace(bundle.preset, quantize=("source",)))
    prior, source = (golden[name][0].numpy() for name in ("spade.2", "vq.quantized"))
    found = finish(Refiner(as_theirs, DEVICE).sample(prior, source, 2, Plan(Mode.REFERENCE, 10), seed=0))
    agree(found, golden["ddim10.sample"], SAMPLE)


def test_the_card_says_where_it_came_from_and_that_nobody_tested_it(bundle: Bundle):
    assert "ldm.ckpt, SHA-256 " in bundle.card
    assert "vqgan.ckpt, SHA-256 " in bundle.card
    assert "untested" in bundle.card
    assert "16 channels taken" in bundle.card
    assert str(bundle.directory.parent) not in bundle.card


def test_a_scan_goes_through(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """On a smaller grid than the authors', for time."""
    small = replace(bundle, preset=replace(bundle.preset, grid=replace(bundle.preset.grid, least=(48, 48, 48))))
    scan = phantom((30, 36, 26), orientation="LPS", modality=Modality.T1)
    write_phantom(tmp_path / "scan.nii.gz", scan)
    request = Request(Modality.T1, (Modality.T2,), Mode.FULL, steps=2)
    made = finish(Translator(small, DEVICE).synthesize(read(tmp_path / "scan.nii.gz"), request))[0]
    assert np.array_equal(made.volume.affine, scan.affine)
    assert np.array_equal(made.volume.data != 0, scan.data != 0)
    assert "percentiles" in made.record["preprocessing"]


@pytest.mark.parametrize("order", [("ldm", "vqgan"), ("vqgan", "ldm"), ("ldm",)])
def test_one_ldm_is_enough_and_the_order_is_free(
    state: State, tmp_path: Path, order: tuple[str, ...], without_graphs: None
):
    save_file(state, tmp_path / "ldm.safetensors")
    save_file(first_stage(state), tmp_path / "vqgan.safetensors")
    made = bring([tmp_path / f"{name}.safetensors" for name in order], tmp_path / "made")
    assert load_file(made.directory / "unet.safetensors").keys() >= {"codebook", "label_emb.weight"}


def test_the_first_stage_inside_an_ldm_is_the_one_it_was_trained_on(state: State, tmp_path: Path, without_graphs: None):
    save_file(state, tmp_path / "ldm.safetensors")
    early = {key: tensor + 1 for key, tensor in first_stage(state).items()}
    save_file(early, tmp_path / "early.safetensors")
    made = finish(import_checkpoints([tmp_path / "early.safetensors", tmp_path / "ldm.safetensors"], tmp_path / "made"))
    assert any("early.safetensors differs from the LDM" in note for note in made.notes)
    codes = load_file(made.directory / "unet.safetensors")["codebook"]
    assert torch.equal(codes, state["first_stage_model.quantize.embedding.weight"].float())


@pytest.mark.parametrize("order", [("ldm", "vqgan"), ("vqgan", "ldm")])
def test_two_files_of_one_name_are_two(state: State, tmp_path: Path, order: tuple[str, ...], without_graphs: None):
    """Lightning calls the last checkpoint of everything last.ckpt."""
    ldm = {key: tensor for key, tensor in state.items() if not key.startswith(FIRST)}
    for name, held in (("ldm", ldm), ("vqgan", first_stage(state))):
        (tmp_path / name).mkdir()
        torch.save({"state_dict": held}, tmp_path / name / "last.ckpt")
    made = bring([tmp_path / name / "last.ckpt" for name in order], tmp_path / "made")
    assert load_file(made.directory / "unet.safetensors").keys() >= {"codebook", "label_emb.weight"}
    assert made.card.count("* last.ckpt, SHA-256 ") == 2


def test_files_are_named_without_their_folders(state: State, tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        torch.save({"state_dict": first_stage(state)}, tmp_path / name / "last.ckpt")
    with pytest.raises(BadCheckpoint, match=r"^last\.ckpt and last\.ckpt lacks the denoiser"):
        bring([tmp_path / name / "last.ckpt" for name in ("one", "two")], tmp_path / "made")


def test_the_scale_of_the_latents_is_that_of_the_checkpoint(state: State, tmp_path: Path, without_graphs: None):
    save_file(state | {"scale_factor": torch.tensor(0.25)}, tmp_path / "ldm.safetensors")
    made = bring([tmp_path / "ldm.safetensors"], tmp_path / "made")
    assert (made.latent_mean, made.latent_sd) == ((0.0,) * 4, (4.0,) * 4)


def refuse(state: Any, tmp_path: Path, name: str = "weights.ckpt") -> str:
    """The sentence with which these weights are refused; nothing is left of the attempt."""
    torch.save(state, tmp_path / name)
    with pytest.raises(BadCheckpoint) as refusal:
        finish(import_checkpoints([tmp_path / name], tmp_path / "made"))
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    return str(refusal.value)


@pytest.mark.parametrize(
    "key",
    [
        "first_stage_model.encoder.down.2.block.0.conv2.weight",
        "first_stage_model.encoder.mid.block_1.norm1.bias",
        "first_stage_model.decoder.conv_out.bias",
        "first_stage_model.quantize.embedding.weight",
        "first_stage_model.quant_conv.weight",
        "first_stage_model.spade.block.2.conv_1.weight",
        "first_stage_model.spade.block.1.conv_s.weight",
        "model.diffusion_model.input_blocks.0.0.weight",
        "model.diffusion_model.output_blocks.5.0.skip_connection.bias",
        "model.diffusion_model.time_embed.2.bias",
    ],
)
def test_one_missing_tensor_is_named(state: State, tmp_path: Path, key: str):
    said = refuse({name: tensor for name, tensor in state.items() if name != key}, tmp_path)
    assert "lacks" in said
    assert key.removeprefix(FIRST) in said


def test_a_missing_class_of_spade_is_named(state: State, tmp_path: Path):
    key = "first_stage_model.spade.block.2.norm_0.spades.3.mlp_beta.bias"
    said = refuse({name: tensor for name, tensor in state.items() if name != key}, tmp_path)
    assert "block.2.norm_0.mlp_beta.bias of spade for the classes [3]" in said


def test_no_tensor_may_be_missing(state: State):
    """One in nine of the five hundred, without building anything that costs time."""
    from engine.importer import _loaded

    whole: Preset = infer(rename(state))
    networks = [key for key in state if key.startswith((FIRST, "model."))]
    for key in networks[::9]:
        with pytest.raises(RespinError, match=r"lacks|has other sizes|takes|is of|has 2 levels|differ"):
            renamed = rename({name: tensor for name, tensor in state.items() if name != key})
            _loaded(renamed, infer(renamed))
    _loaded(rename(state), whole)


def test_the_first_stage_alone_says_what_is_missing(state: State, tmp_path: Path):
    said = refuse({"state_dict": first_stage(state)}, tmp_path)
    assert said.startswith("weights.ckpt lacks the denoiser (model.diffusion_model.*, of the LDM): give that")


def test_weights_before_ms_spade_say_what_is_missing(state: State, tmp_path: Path):
    said = refuse({key: tensor for key, tensor in first_stage(state).items() if "spade" not in key}, tmp_path)
    assert "lacks MS-SPADE" in said
    assert "and the denoiser" in said


def test_names_of_other_networks_are_listed(state: State, tmp_path: Path):
    said = refuse(state | {f"cond_stage_model.layer{n}.weight": torch.zeros(1) for n in range(10)}, tmp_path)
    assert "does not know: cond_stage_model.layer0.weight," in said
    assert said.endswith("and 2 more.")


def test_a_tensor_too_many_is_named(state: State, tmp_path: Path):
    said = refuse(state | {"first_stage_model.encoder.mid.attn_1.q.weight": torch.zeros(1)}, tmp_path)
    assert "unknown to Respin, encoder.mid.attn_1.q.weight" in said


def test_another_size_is_named(state: State, tmp_path: Path):
    said = refuse(state | {"first_stage_model.quant_conv.weight": torch.zeros(3, 4, 1, 1, 1)}, tmp_path)
    assert "has other sizes in quant_conv.weight" in said


def test_another_noise_schedule_is_refused(state: State, tmp_path: Path):
    said = refuse(state | {"alphas_cumprod": torch.linspace(1, 0, 1000)}, tmp_path)
    assert "another noise schedule" in said


def test_two_second_stages_that_differ_are_refused(state: State, tmp_path: Path):
    torch.save(first_stage(state), tmp_path / "one.ckpt")
    torch.save({key: tensor + 1 for key, tensor in first_stage(state).items()}, tmp_path / "two.ckpt")
    with pytest.raises(BadCheckpoint, match="Two checkpoints differ in the autoencoder"):
        finish(import_checkpoints([tmp_path / "one.ckpt", tmp_path / "two.ckpt"], tmp_path / "made"))


def test_a_pickle_that_carries_code_is_not_run(tmp_path: Path):
    class Evil:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    said = refuse({"state_dict": {}, "callbacks": Evil()}, tmp_path)
    assert "could run code, so it was not loaded" in said


def test_a_folder_that_is_no_model_is_not_replaced(state: State, tmp_path: Path, without_graphs: None):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    save_file(state, tmp_path / "ldm.safetensors")
    with pytest.raises(UnwritableOutput, match="is no model"):
        bring([tmp_path / "ldm.safetensors"], tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_the_files_are_those_of_every_bundle(bundle: Bundle):
    assert sorted(path.name for path in bundle.directory.iterdir()) == sorted((*FILES, "manifest.json"))
