"""The model card: what a bundle was trained on, how, how good it is, and what it cannot do."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from engine.bundle_writer import swap
from engine.files import write_text
from engine.presets import Preset
from training.recipes import Recipe

_NUMBERS = "## Validation"
_LIMITS = "## Limits"

_DATA = """\
BraTS 2018 and BraTS-GLI (research use with citation: Menze 2015, Bakas 2017, 2018), TCIA TCGA-LGG (attribution),
and multiple-sclerosis patients of the University of Ljubljana (CC-BY, Lesjak 2016, 2017). All are brains without
skull at 1 mm. Adults, most with a glioma; 1.5 T and 3 T; no child, no other disease.
"""

_LIMITS_TEXT = """\
* Research use only, never for diagnosis. **No lesion may be trusted**: one may be missing, invented or changed.
* Enhancement in a synthetic T1CE is a guess: the source does not hold it.
* Trained on few adults, most of them with a tumour. Other ages, diseases, scanners and sequences are unknown ground.
* Images are smoother than real ones. The level of bright structures (FLAIR oedema, CSF in T2) is a guess.
* Scans with a skull pass through brain extraction first; what that cuts off is lost.
* PD is in the shape of the model, but not trained: it is not offered.
"""


def card(
    name: str,
    preset: Preset,
    subjects: list[str],
    runs: dict[str, tuple[Recipe, int, float]],
    parameters: dict[str, int],
    note: str = "",
) -> str:
    """Markdown without numbers; `with_numbers` adds them once the bundle was evaluated.

    runs: by stage, the recipe, the steps taken and the hours that they took
    note: what is to be known of these very weights; it joins the limits
    """
    counts = ", ".join(f"{network} {count / 1e6:.2f} M" for network, count in parameters.items())
    steps = "\n".join(f"* {stage}: {_told(*run)}" for stage, run in runs.items())
    return (
        f"# Model card: {name}\n\n"
        "Shows a brain MRI as if it had been acquired with another contrast.\n"
        f"Preset `{preset.name}`; parameters: {counts}.\n"
        "Weights under the licence of the program; the data keep their own terms (below).\n\n"
        f"## Data\n\nTrained on {len(subjects)} subjects: {', '.join(subjects)}.\n\n{_DATA}\n"
        f"## Recipe\n\n{steps}\n\n"
        f"{_NUMBERS}\n\nNot measured yet.\n\n"
        f"{_LIMITS}\n\n{_LIMITS_TEXT}" + (f"* {note}\n" if note else "")
    )


def _told(recipe: Recipe, steps: int, hours: float) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in asdict(recipe).items() if key != "steps")
    return f"{steps} of {recipe.steps} steps in {hours:.1f} h on two CPU cores shared with other work ({settings})"


def with_numbers(directory: Path, text: str) -> None:
    """Put the validation text into the card of a bundle, and the card's new hash into its manifest."""
    path, manifest = directory / "MODEL_CARD.md", directory / "manifest.json"
    before, rest = path.read_text(encoding="utf-8").split(_NUMBERS, 1)
    new = f"{before}{_NUMBERS}\n\n{text.strip()}\n\n{_LIMITS}{rest.split(_LIMITS, 1)[1]}"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    values["files"][path.name] = hashlib.sha256(new.encode()).hexdigest()
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as scratch:
        folder = Path(shutil.copytree(directory, Path(scratch) / directory.name))
        write_text(folder / path.name, new)
        write_text(folder / manifest.name, json.dumps(values, indent=1) + "\n")
        swap(folder, directory)
