"""`python -m training evaluate`: rows become tables, a CSV, pictures, and the numbers of a model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.bundle import Bundle, open_bundle
from engine.device import choose
from engine.errors import RespinError
from engine.files import write_text
from engine.modality import Modality
from training import tables
from training.baselines.rival import KINDS, Rival
from training.card import with_numbers
from training.data import find_subjects
from training.evaluate import Evaluation, Way, learn_maps, teachers
from training.figures import figure_6
from training.layouts import person
from training.manifest import held_out
from training.scoring import Row

_DEFINITIONS = """\
PSNR (dB), NMSE, SSIM by the definitions of `engine.metrics`: the truth goes to 0..1 by its own 0.5 and 99.5 percentiles
inside the brain, a result by /1000, so that a wrong level is an error. *copy* is the source itself, *map* the mean
target intensity for each source intensity, learnt from the other subjects; *regression* and *pix2pix*, where they
stand, are the learnt floors of `training/baselines`.
"""


def evaluate(
    data: Path,
    models: Sequence[Path],
    out: Path,
    ways: Sequence[Way],
    names: Sequence[str],
    threads: int | None = None,
    into_card: bool = False,
    baselines: Sequence[Path] = (),
) -> str:
    """Measure bundles on subjects: `out`/scores.csv, `out`/tables.md and figures; returns the tables.

    names: the validation subjects where empty. With `into_card` the first bundle's card gets its numbers.
    baselines: runs of `python -m training baseline`, fitted for the first bundle
    """
    found = find_subjects(data)
    names = list(names) or held_out(data)
    if unknown := [name for name in names if name not in found]:
        raise RespinError(f"{data} has no subject {', '.join(unknown)}; it has {', '.join(found)}.")
    if not names:
        raise RespinError(f"{data} has no validation subject; name some with --subjects.")
    maps = learn_maps([found[name] for name in teachers(found) if name not in names])
    device = choose("auto", threads)
    bundles = [open_bundle(model) for model in models]
    for bundle in bundles:
        check_unseen(bundle, names)
    rows: list[Row] = []
    for bundle in bundles:
        measured = Evaluation(bundle, device, maps, out / "measured", baselines if bundle is bundles[0] else ())
        for name in names:
            rows += measured.rows(name, found[name], ways)
            _draw(measured, name, found[name], (*measured.rivals, *ways), out)
    out.mkdir(parents=True, exist_ok=True)
    tables.to_csv(rows, out / "scores.csv")
    text = told(rows, bundles, ways, names)
    write_text(out / "tables.md", text)
    if into_card:
        own = [row for row in rows if row.model == bundles[0].name]
        with_numbers(Path(models[0]), told(own, bundles[:1], ways, names, short=True))
    return text


def check_unseen(bundle: Bundle, names: Sequence[str]) -> None:
    """Refuse subjects that the bundle's card names among its training data."""
    data = bundle.card.partition("## Data")[2].partition("\n## ")[0].replace(",", " ").replace(".", " ").split()
    people = {person(word) for word in data}
    if seen := [name for name in names if person(name) in people]:
        raise RespinError(f"The model '{bundle.name}' was trained on {', '.join(seen)}: that would measure its memory.")


def told(
    rows: Sequence[Row], bundles: Sequence[Bundle], ways: Sequence[Way], names: Sequence[str], short: bool = False
) -> str:
    """Every table as Markdown; short: what a model card has room for."""
    first = [row for row in rows if row.model == bundles[0].name]
    text = f"Subjects: {', '.join(names)}; on no bundle's card as training data.\n{_DEFINITIONS}\n"
    text += f"Inside the brain:\n\n{tables.directions(first)}\nWhole crop:\n\n{tables.directions(first, 'whole')}\n"
    text += tables.structure(first)
    if short:
        return text
    for region in ("mask", "whole", "lesion", "healthy"):
        own = [row for row in first if region in row.scores]
        if not own:
            continue
        text += f"\n## {region.capitalize()}\n\nTable 1, mean ± SD over subjects:\n\n{tables.table_1(own, region)}"
        for way in (*(kind for kind in KINDS if any(row.way == kind for row in own)), *(way.name for way in ways)):
            text += f"\nTable 2, {way} (diagonal: reconstruction):\n\n{tables.table_2(own, way, region)}"
    text += "\n## Paired comparisons (PSNR in the brain; 95 % bootstrap interval, Wilcoxon's signed-rank test)\n"
    for way in ways:
        text += f"\n{tables.against(first, way.name, ('copy', 'map', *KINDS, 'prior'))}"
    presets = {bundle.name: bundle.preset for bundle in bundles}
    for way in ways:
        text += f"\n## Table 3, {way.name}, T1 → T2 in the brain\n\n{tables.table_3(rows, presets, way.name)}"
    return text


def _draw(
    measured: Evaluation, name: str, paths: Mapping[Modality, Path], ways: Sequence[Way | Rival], out: Path
) -> None:
    for way in ways:
        kept: dict[tuple[Modality, Modality], Path] = {}
        for source in paths:
            place = measured.place(name, paths, source, way)
            kept |= {(source, t): path for t in paths if (path := place.with_suffix(f".{t.value}.npz")).is_file()}
        if kept:
            short = way.name.replace(", mean of ", "-x")
            figure_6(kept, out / f"figure6_{measured.bundle.name}_{name}_{short}.png", way.name)
