"""A result as a DICOM series in a folder of its own, beside the study that it was made from: whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engine.atomic_folder import filling, settle
from engine.dicom_slices import Cut
from engine.dicom_writer import Label, write_series
from engine.errors import UnsupportedScan
from engine.files import SIDECAR, Scan
from engine.modality import Modality
from engine.progress import Work
from engine.provenance import Saved, description, export_name, make_folder, sidecar_text
from engine.synthesis import Synthesis


def source_slices(scan: Scan) -> Sequence[Cut]:
    """The slices that a scan was read from; a refusal in one sentence where it did not come from DICOM.

    Nothing is invented: a series without the patient and the study that it belongs to could be filed under anybody.
    """
    origin = scan.origin
    series = origin.place.series if origin else None
    if origin is None or series is None or series.stack is None:
        raise UnsupportedScan(
            f"{scan.path.name} did not come from DICOM, so no patient and study are known to put a series into; "
            "export NIfTI."
        )
    return series.stack.frames[origin.frame]


def series_names(synthesis: Synthesis, scan: Scan, run: int) -> list[str]:
    """The folders of a run: the result's is the last, so that who sees it finds all of it."""
    kinds = ["synth"] if synthesis.uncertainty is None else ["uncertainty", "synth"]
    return [export_name(synthesis, scan, run, kind) for kind in kinds]


def save_series(synthesis: Synthesis, scan: Scan, directory: Path, run: int = 1) -> Work[Saved]:
    """Write a synthesis as a series into a new folder in `directory`; never into one that is there.

    run: number of the first name to try; the next ones follow where it is taken
    """
    cuts = source_slices(scan)
    make_folder(directory)
    text = sidecar_text(synthesis, scan)
    volumes = [(synthesis.volume, "synth")]
    if synthesis.uncertainty is not None:
        volumes.insert(0, (synthesis.uncertainty, "uncertainty"))  # in the order of `series_names`
    with filling(directory, len(volumes)) as parts:
        for part, (volume, kind) in zip(parts, volumes, strict=True):
            yield from write_series(part, volume.data, cuts, _label(synthesis, kind))
            (part / SIDECAR).write_text(text, encoding="utf-8")
        places = settle(parts, partial(series_names, synthesis, scan), run)
    return Saved(places[-1], places[-1] / SIDECAR, places[0] if len(places) > 1 else None)


def _label(synthesis: Synthesis, kind: str) -> Label:
    record, spread = synthesis.record, kind == "uncertainty"
    number = 2 * list(Modality).index(synthesis.target) + 1 + spread
    title = description(synthesis)
    told = "Made by the model {} ({:.12}), mode {}, {} steps, {} samples, seed {}, with Respin {}.".format(
        *(str(record.get(key)) for key in ("model", "model_hash", "mode", "steps", "samples", "seed", "code_version"))
    )
    if spread:
        title = title.replace(" from", " uncertainty from")
        told += f" The values are the uncertainty in units of the result; {SIDECAR} says which."
    model = f"{record.get('model')} ({record.get('model_hash')!s:.12})"
    return Label(title, f"{title}. {told} Not for diagnosis.", model, number, whole=not spread)
