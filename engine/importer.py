"""Checkpoints of the authors' code become a bundle: read, rename, infer, load, write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.bundle_writer import export_bundle, require_exporter
from engine.errors import BadCheckpoint
from engine.modality import Modality
from engine.networks.model import build_autoencoder, build_ms_spade, build_unet
from engine.presets import Preset
from engine.progress import Step, Work
from engine.released import Networks, infer, listed, rename, their_name
from engine.sampling import alpha_bar
from engine.synthesis import Mode
from engine.weights_file import read_weights

_BUILD = {"autoencoder": build_autoencoder, "ms_spade": build_ms_spade, "unet": build_unet}
_CALLED = {
    "autoencoder": "the autoencoder (encoder.*, decoder.*, quantize.*)",
    "ms_spade": "MS-SPADE (spade.*, of the second VQGAN stage)",
    "unet": "the denoiser (model.diffusion_model.*, of the LDM)",
}
_LOW, _HIGH = -1.0, 1.0
"""Model units of the percentiles that the authors' preprocessing aims at."""
_SCHEDULE_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Imported:
    """What came of an import. notes: what the reader should know of it, a sentence each."""

    directory: Path
    preset: Preset
    notes: tuple[str, ...]


def import_checkpoints(paths: Sequence[Path], out: Path, head: int | None = None) -> Work[Imported]:
    """Write the bundle `out` from VQGAN and LDM checkpoints, in any order; all of it or nothing.

    head: channels of the denoiser's attention heads; tensors do not tell them
    """
    require_exporter()
    states: dict[Path, dict[str, Tensor]] = {}
    for done, path in enumerate(paths):
        yield Step("read", done, len(paths))
        states[path] = read_weights(path)
    networks, notes = _joined({path: rename(state) for path, state in states.items()})
    preset = infer(networks, head)
    built = _loaded(networks, preset)
    if head is None:
        notes.append(f"Tensors do not tell the width of an attention head: {preset.unet.head} channels taken.")
    yield Step("write", 0, 1)
    latent = _latent(states.values(), preset)
    export_bundle(preset, built, latent, _directions(preset), Mode.FULL, _card(out.name, paths, preset, notes), out)
    return Imported(out, preset, tuple(notes))


def _joined(found: dict[Path, Networks]) -> tuple[Networks, list[str]]:
    """Every network of the files once. An LDM brings the first stage it was trained on, and that one is taken."""
    notes: list[str] = []
    networks: Networks = {}
    for path in sorted(found, key=lambda path: "unet" not in found[path]):
        for network, state in found[path].items():
            if network not in networks:
                networks[network] = state
            elif not _same(networks[network], state):
                if "unet" in found[path] or "unet" not in networks:
                    raise BadCheckpoint(f"Two checkpoints differ in {_CALLED[network]}: give one of them.")
                notes.append(f"{path.name} differs from the LDM in {_CALLED[network]}; the LDM's own was taken.")
    if missing := [text for network, text in _CALLED.items() if network not in networks]:
        given = " and ".join(path.name for path in found)
        raise BadCheckpoint(f"{given} lacks {' and '.join(missing)}: give that checkpoint as well.")
    return networks, notes


def _same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].shape == other[name].shape and torch.equal(one[name], other[name]) for name in one
    )


def _loaded(networks: Networks, preset: Preset) -> dict[str, nn.Module]:
    """The networks of the preset with these weights: every tensor has a place, and every place a tensor."""
    built: dict[str, nn.Module] = {}
    for name, state in networks.items():
        with torch.device("meta"):
            network = _BUILD[name](preset)
        wanted = {key: tensor.shape for key, tensor in network.state_dict().items()}
        missing = [their_name(name, key) for key in wanted if key not in state]
        left = [their_name(name, key) for key in state if key not in wanted]
        other = [their_name(name, key) for key in wanted if key in state and state[key].shape != wanted[key]]
        for kind, keys in (
            ("lacks", missing),
            ("holds, unknown to Respin,", left),
            ("has other sizes in", other),
        ):
            if keys:
                raise BadCheckpoint(f"The checkpoint {kind} {listed(keys)}.")
        network.load_state_dict(state, assign=True)
        built[name] = network.eval().requires_grad_(False)
    return built


def _latent(states: Iterable[Mapping[str, Tensor]], preset: Preset) -> dict[str, list[float]]:
    """Mean and SD that latents are normalised by; refuses another noise schedule than the paper's."""
    scale = 1.0
    for state in states:
        schedule = state.get("alphas_cumprod")
        if schedule is not None and (
            schedule.shape != alpha_bar().shape or (schedule.float() - alpha_bar()).abs().max() > _SCHEDULE_TOLERANCE
        ):
            raise BadCheckpoint("The checkpoint was trained with another noise schedule than the paper's.")
        scale = float(state.get("scale_factor", scale))
    latent = preset.autoencoder.latent
    return {"mean": [0.0] * latent, "sd": [1 / scale] * latent}


def _directions(preset: Preset) -> dict[Modality, dict[Modality, dict[str, float]]]:
    return {
        source: {target: {"low": _LOW, "high": _HIGH} for target in preset.modalities if target is not source}
        for source in preset.modalities
    }


def _card(name: str, paths: Sequence[Path], preset: Preset, notes: Sequence[str]) -> str:
    files = "\n".join(f"* {path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths)
    told = "".join(f"* {note}\n" for note in notes)
    return (
        f"# Model card: {name}\n\nImported from checkpoints of the authors' code (Adaptive Latent Diffusion Model, WACV"
        f" 2024):\n\n{files}\n\nWhat they were trained on, by whom and under which licence is known to whoever gave"
        f" them.\n\n## Networks\n\nInferred from the tensors: autoencoder {preset.autoencoder.channels},"
        f" latents of {preset.autoencoder.latent}, {preset.autoencoder.codes} codes; MS-SPADE {preset.spade.channels};"
        f" denoiser {preset.unet.channels}.\nEvery ONNX graph was compared with torch when this bundle was written.\n\n"
        "## Validation\n\nNot measured: **untested**.\n\n## Limits\n\n"
        "* Research use only, never for diagnosis. **No lesion may be trusted**: it may be invented or missing.\n"
        "* Enhancement in a synthetic T1CE is a guess: the source does not hold it.\n"
        "* The level of a result is nominal: 0 and 1000 stand at the -1 and 1 of the authors' preprocessing.\n"
        "* The contrasts are taken to be in the authors' order: T1, T1CE, T2, FLAIR.\n" + told
    )
