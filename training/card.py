"""The model card: what a bundle was trained on, how, how good it is, and what it cannot do."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.bundle_writer import swap
from engine.files import write_text
from engine.modality import Modality
from engine.presets import Preset
from training.phantom.folder import is_phantom
from training.recipes import STAGE_TWO, Recipe

_NUMBERS = "## Validation"
_LIMITS = "## Limits"

_DATA = "The data keep their own terms; whoever trained these weights knows them.\n"

_LIMITS_TEXT = """\
* Research use only, never for diagnosis. **No lesion may be trusted**: one may be missing, invented or changed.
* Enhancement in a synthetic T1CE is a guess: the source does not hold it.
* Other ages, diseases, scanners and sequences than those of the data are unknown ground.
* Images are smoother than real ones. The level of bright structures (FLAIR oedema, CSF in T2) is a guess.
* Scans with a skull pass through brain extraction first; what that cuts off is lost.
"""

_PHANTOMS_TEXT = """\
The subjects are **simulated**: a physics phantom, no scan of a person. They prove plumbing, orientation and relative
contrast, and nothing about patients: these weights are for trying the program out, not for pictures of anyone.
"""


def card(
    name: str,
    preset: Preset,
    subjects: list[str],
    runs: dict[str, tuple[Recipe, int, float]],
    parameters: dict[str, int],
    note: str = "",
    data: str = "",
    untrained: Sequence[Modality] = (),
) -> str:
    """Markdown without numbers; `with_numbers` adds them once the bundle was evaluated.

    runs: by stage, the recipe, the steps taken and the hours that they took
    note: what is to be known of these very weights; it joins the limits
    untrained: contrasts of the preset that no subject shows
    data: what the subjects are, and under which terms (Markdown); phantoms speak for themselves
    """
    counts = ", ".join(f"{network} {count / 1e6:.2f} M" for network, count in parameters.items())
    about = data.strip() or (_PHANTOMS_TEXT if all(map(is_phantom, subjects)) else _DATA).strip()
    steps = "\n".join(f"* {stage}: {_told(stage, *run)}" for stage, run in runs.items())
    limits = [f"{m.name} is in the shape of the model, but not trained: it is not offered." for m in untrained]
    limits += [note] if note else []
    return (
        f"# Model card: {name}\n\n"
        "Shows a brain MRI as if it had been acquired with another contrast.\n"
        f"Preset `{preset.name}`; parameters: {counts}.\n"
        "Weights under the licence of the program; the data keep their own terms (below).\n\n"
        f"## Data\n\nTrained on {len(subjects)} subjects: {', '.join(subjects)}.\n\n{about}\n\n"
        f"## Recipe\n\n{steps}\n\n"
        f"{_NUMBERS}\n\nNot measured yet.\n\n"
        f"{_LIMITS}\n\n{_LIMITS_TEXT}" + "".join(f"* {limit}\n" for limit in limits)
    )


def _told(stage: str, recipe: Recipe, steps: int, hours: float) -> str:
    known = STAGE_TWO if stage == "diffusion" else list(asdict(recipe))
    settings = ", ".join(f"{key} {getattr(recipe, key)}" for key in known if key != "steps")
    return f"{steps} of {recipe.steps} steps in {hours:.1f} h ({settings})"


def with_numbers(directory: Path, text: str) -> None:
    """Put the validation text into the card of a bundle, and the card's new hash into its manifest."""
    path, manifest = directory / "MODEL_CARD.md", directory / "manifest.json"
    before, _, rest = path.read_text(encoding="utf-8").partition(_NUMBERS)
    if not rest:
        before, *rest = before.partition(_LIMITS)
        rest = "".join(rest)
    after = "".join(rest.partition(_LIMITS)[1:])
    new = f"{before.rstrip()}\n\n{_NUMBERS}\n\n{text.strip()}\n\n{after}".rstrip() + "\n"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    values["files"][path.name] = hashlib.sha256(new.encode()).hexdigest()
    rewrite(directory, {path.name: new, manifest.name: json.dumps(values, indent=1) + "\n"})


def with_parts(directory: Path, parts: Mapping[str, Any]) -> None:
    """Put optional parts ("calibration", "familiar") into the manifest of a bundle, in the place of older ones."""
    manifest = directory / "manifest.json"
    values = json.loads(manifest.read_text(encoding="utf-8")) | parts
    rewrite(directory, {manifest.name: json.dumps(values, indent=1) + "\n"})


def rewrite(directory: Path, texts: Mapping[str, str]) -> None:
    """Replace files of a bundle by these texts: all of them or none."""
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as scratch:
        folder = Path(shutil.copytree(directory, Path(scratch) / directory.name))
        for name, text in texts.items():
            write_text(folder / name, text)
        swap(folder, directory)
