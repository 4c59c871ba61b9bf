"""A folder of weights: manifest.json, encoder.onnx, ms_spade.onnx, decoder.onnx, unet.safetensors, MODEL_CARD.md.

The manifest is the truth at load time: shapes, preprocessing, sampling and the hash of every file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.assets import assets, own_models
from engine.calibration import Calibration
from engine.errors import BadBundle
from engine.familiar import Familiar
from engine.levels import Levels
from engine.modality import Modality
from engine.presets import Preset
from engine.synthesis import Mode

FORMAT = 1
_LONGEST = 1 << 20
FILES = ("encoder.onnx", "ms_spade.onnx", "decoder.onnx", "unet.safetensors", "MODEL_CARD.md")


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a manifest says. Made by `open_bundle`; the weights themselves are loaded by the translator.

    latent_mean, latent_sd: a channel: what the sampler's latents are normalised by
    directions:             trained targets of every trained source
    familiar, calibration:  what is known of the sources that it was trained on, and of its errors; often nothing
    sharpening:             amount of the unsharp mask on results of `prior` (`engine.sharpening`); 0: none
    """

    name: str
    directory: Path
    hash: str
    preset: Preset
    latent_mean: tuple[float, ...]
    latent_sd: tuple[float, ...]
    default_mode: Mode
    steps: dict[Mode, int]
    starts: dict[tuple[Modality, Modality], int]
    levels: dict[tuple[Modality, Modality], Levels]
    hashes: dict[str, str]
    familiar: Familiar
    calibration: Calibration | None
    sharpening: float

    def targets(self, source: Modality) -> tuple[Modality, ...]:
        """What can be made from a scan of this modality."""
        return tuple(t for t in self.preset.modalities if (source, t) in self.levels)

    @property
    def card(self) -> str:
        """The model card (Markdown): data, licences, numbers, limits."""
        return (self.directory / "MODEL_CARD.md").read_text(encoding="utf-8")

    def verify(self) -> None:
        """Refuse the bundle unless every file is the one that the manifest names."""
        for name, expected in self.hashes.items():
            if hashlib.sha256((self.directory / name).read_bytes()).hexdigest() != expected:
                raise BadBundle(f"{name} of the model '{self.name}' was altered or damaged; install the model anew.")


def shelves() -> tuple[Path, Path]:
    """Where models lie: those that ship with the program, then those that the reader added."""
    return assets() / "models", own_models()


def bundles() -> list[str]:
    """Names of the installed models."""
    return sorted({path.parent.name for shelf in shelves() for path in shelf.glob("[!.]*/manifest.json")})


def open_bundle(name_or_dir: str | Path = "compact") -> Bundle:
    """The installed model of this name, or the one in this folder."""
    directory = Path(name_or_dir)
    if not (directory / "manifest.json").is_file():
        named = [shelf / str(name_or_dir) for shelf in shelves()]
        directory = next((place for place in named if (place / "manifest.json").is_file()), named[0])
    try:
        text = _text(directory / "manifest.json")
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise BadBundle(f"The model '{name_or_dir}' has format {manifest['format']}; this version reads {FORMAT}.")
        bundle = _from_manifest(manifest, directory, hashlib.sha256(text).hexdigest())
    except OSError as error:
        known = ", ".join(bundles()) or "none installed"
        raise BadBundle(f"There is no model '{name_or_dir}' (no manifest.json); known: {known}.") from error
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise BadBundle(f"The manifest of the model '{directory.name}' is not readable ({_said(error)}).") from error
    if missing := [file for file in bundle.hashes if not (directory / file).is_file()]:
        raise BadBundle(f"The model '{bundle.name}' lacks {', '.join(missing)}; install it anew.")
    return bundle


def _from_manifest(manifest: dict[str, Any], directory: Path, digest: str) -> Bundle:
    sampling, directions = manifest["sampling"], manifest["directions"]
    pairs = {
        (Modality(source), Modality(target)): values
        for source, targets in directions.items()
        for target, values in targets.items()
    }
    return Bundle(
        name=_name(manifest["name"]),
        directory=directory,
        hash=digest,
        preset=Preset.from_json(manifest["preset"]),
        latent_mean=tuple(manifest["latent"]["mean"]),
        latent_sd=tuple(manifest["latent"]["sd"]),
        default_mode=Mode(sampling["default_mode"]),
        steps={Mode(mode): int(steps) for mode, steps in sampling["steps"].items()},
        starts={pair: int(values["start"]) for pair, values in pairs.items()},
        levels={pair: Levels.from_json(v) for pair, v in pairs.items()},
        hashes=_named_files(manifest["files"]),
        familiar=Familiar.from_json(manifest.get("familiar")),
        calibration=Calibration.from_json(manifest.get("calibration")),
        sharpening=float(manifest.get("sharpening", 0)),
    )


def _text(path: Path) -> bytes:
    """The manifest as it lies there; no more than a manifest ever takes."""
    with path.open("rb") as stream:
        text = stream.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST:,} bytes")
    return text


def _said(error: Exception) -> str:
    """What an error says, in one line and without the manifest in it."""
    said = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
    return f"{type(error).__name__}: {' '.join(said.split())[:100]}"


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise ValueError(f"the name should be text, not {name!r}")
    return name


def _named_files(files: dict[str, str]) -> dict[str, str]:
    if set(files) != set(FILES):
        raise ValueError(f"the files should be {FILES}, not {tuple(files)}")
    return dict(files)
