"""Networks -> bundle: ONNX graphs with asserted parity, safetensors, manifest with hashes. Whole or not at all."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from safetensors.torch import save
from torch import Tensor, nn

from engine.bundle import FORMAT
from engine.errors import RespinError, UnwritableOutput
from engine.files import write_bytes, write_text
from engine.modality import Modality
from engine.networks.autoencoder import Autoencoder
from engine.networks.model import GRAPHS
from engine.presets import Preset
from engine.synthesis import Mode

PARITY = 1e-3
"""Largest difference between torch and ONNX Runtime, as a share of the output's standard deviation."""

_OPSET = 20
STEPS = {Mode.SHORTCUT: 1, Mode.FULL: 20, Mode.REFERENCE: 200}
START = 50
"""Timestep that the shortcut begins from, in every direction that names none of its own."""


def export_bundle(
    preset: Preset,
    networks: dict[str, nn.Module],
    latent: dict[str, list[float]],
    directions: dict[Modality, dict[Modality, dict[str, Any]]],
    default_mode: Mode,
    card: str,
    out: Path,
) -> None:
    """Write a bundle into the folder `out`, in the place of an older one of that name.

    networks:   "autoencoder", "ms_spade", "unet"
    latent:     "mean" and "sd" of z_target a channel
    directions: for every trained source and target: "low", "high" (see `engine.levels.Levels`), "start"
    """
    require_exporter()
    _check_place(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        folder = Path(scratch) / out.name
        folder.mkdir()
        export_graphs(preset, networks, folder)
        write_bytes(folder / "unet.safetensors", save(_for_torch(networks)))
        write_text(folder / "MODEL_CARD.md", card)
        manifest = {
            "format": FORMAT,
            "name": out.name,
            "preset": preset.to_json(),
            "latent": latent,
            "sampling": {
                "default_mode": default_mode.value,
                "steps": {mode.value: steps for mode, steps in STEPS.items()},
            },
            "directions": {
                source.value: {target.value: {"start": START} | values for target, values in targets.items()}
                for source, targets in directions.items()
            },
            "files": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
        }
        write_text(folder / "manifest.json", json.dumps(manifest, indent=1) + "\n")
        swap(folder, out)


def _for_torch(networks: dict[str, nn.Module]) -> dict[str, Tensor]:
    """Weights of the U-Net in half precision, and the codebook where there is one."""
    weights = {name: tensor.half().contiguous() for name, tensor in networks["unet"].state_dict().items()}
    codes = networks["autoencoder"].state_dict().get("quantizer.embedding.weight")
    return weights if codes is None else weights | {"codebook": codes.float().contiguous()}


def _check_place(out: Path) -> None:
    """Refuse to put a bundle in the place of anything but a bundle."""
    if out.exists() and not (out / "manifest.json").is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise UnwritableOutput(f"{out} is there and is no model: give the name of a new folder.")


def require_exporter() -> None:
    """Refuse before any work where the packages that write ONNX are absent (the one-folder application)."""
    if missing := [name for name in ("onnx", "onnxscript") if importlib.util.find_spec(name) is None]:
        raise RespinError(
            f"Writing a bundle needs {' and '.join(missing)}, which this installation does not have: "
            "do it where Respin was installed with pip, and copy the bundle's folder."
        )


def export_graphs(preset: Preset, networks: dict[str, nn.Module], folder: Path) -> None:
    """encoder.onnx, ms_spade.onnx and decoder.onnx, each compared with torch on another size than it was traced on."""
    autoencoder, ms_spade = networks["autoencoder"].eval(), networks["ms_spade"].eval()
    assert isinstance(autoencoder, Autoencoder)
    with torch.no_grad():
        small, large = _inputs(preset, autoencoder, 32), _inputs(preset, autoencoder, 48)
    modules = {
        "encoder": _Call(autoencoder, autoencoder.encode),
        "ms_spade": ms_spade,
        "decoder": _Call(autoencoder, autoencoder.decode),
    }
    for name, (inputs, outputs) in GRAPHS.items():
        module = modules[name]
        path = folder / f"{name}.onnx"
        _to_onnx(module, {key: small[key] for key in inputs}, outputs, path)
        check_parity(path, module, {key: large[key] for key in inputs}, outputs)


def check_parity(path: Path, module: nn.Module, inputs: dict[str, Tensor], outputs: tuple[str, ...]) -> None:
    """Refuse a graph whose answers differ from torch's by more than PARITY."""
    with torch.no_grad():
        expected = module(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    known = {wanted.name for wanted in session.get_inputs()}
    found = session.run(list(outputs), {key: value.numpy() for key, value in inputs.items() if key in known})
    for name, a, b in zip(outputs, expected, found, strict=True):
        if not a.numel():
            continue
        off = float(np.abs(a.numpy() - b).max()) / max(float(a.std()), 1e-6)
        if not off <= PARITY:
            raise RespinError(f"{path.name}: {name} differs from torch by {off:.2g} of its spread; not exported.")


class _Call(nn.Module):
    """A method of a network as a module of its own, which is what the exporter takes."""

    def __init__(self, owner: nn.Module, method: Callable[..., Any]) -> None:
        super().__init__()
        self.owner, self.method = owner, method

    def forward(self, *inputs: Tensor) -> Any:
        """Whatever the method gives."""
        return self.method(*inputs)


def _inputs(preset: Preset, autoencoder: Autoencoder, side: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(side)
    image = torch.rand((1, 1, side, side + 16, side + 32), generator=generator)
    source, target = torch.tensor([0]), torch.tensor([min(2, len(preset.modalities) - 1)])
    z, skip, drafts = autoencoder.encode(image, source)
    return {"image": image, "source": source, "z": z, "skip": skip, "drafts": drafts, "target": target}


def _to_onnx(module: nn.Module, inputs: dict[str, Tensor], outputs: tuple[str, ...], path: Path) -> None:
    axes = {2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO, 4: torch.export.Dim.AUTO}
    dynamic = tuple(axes if value.dim() == 5 else None for value in inputs.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's notes on its own future
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            path,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=(dynamic,) if isinstance(module, _Call) else dynamic,
            dynamo=True,
            opset_version=_OPSET,
            external_data=False,
            verbose=False,
        )
    _without_traces(path)


def _without_traces(path: Path) -> None:
    """Take out what the exporter notes of its own calls: paths of the machine that it ran on."""
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.save(model, path)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def swap(folder: Path, out: Path) -> None:
    """Put the whole new folder under the final name."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    old = folder.parent / "replaced"
    if out.exists():
        os.replace(out, old)
    os.replace(folder, out)
    shutil.rmtree(old, ignore_errors=True)
