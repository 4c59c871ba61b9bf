"""What is known of a scan, as rows of words: for the details and for the report."""

from __future__ import annotations

from app.state.study import QUALITY, Entry
from engine.synthesis import Mode, Synthesis, cautions_of

Rows = tuple[tuple[str, str], ...]


def details(entry: Entry) -> Rows:
    """Everything about a scan that does not fit its row of the list."""
    volume = entry.scan.volume
    shape = " × ".join(str(side) for side in volume.shape)
    spacing = " × ".join(f"{mm:.3g}" for mm in volume.spacing)
    grid = (("Grid", f"{shape} voxels of {spacing} mm"), ("Orientation", volume.orientation))
    if entry.synthesis is not None:
        saved = str(entry.saved) if entry.saved else "not yet"
        return (*provenance(entry.synthesis), *grid, ("Exported", saved))
    what = "synthetic, from a file; how it was made stands in its sidecar" if entry.scan.synthetic else "real"
    file = (("File", entry.scan.path.name), ("Format", f"{entry.scan.format}, {entry.scan.dtype}"))
    warnings = (("Warnings", "\n".join(entry.scan.warnings)),) if entry.scan.warnings else ()
    return (("Contrast", entry.contrast), ("What it is", what), *file, *grid, *warnings)


def provenance(synthesis: Synthesis) -> Rows:
    """How a result was made: enough to make it again."""
    record = synthesis.record
    mode = Mode(record["mode"])
    steps = f"{record['steps']} steps, {record['sampler']}" if record["steps"] else "no refining steps"
    if record["start_timestep"] is not None:
        steps += f", from timestep {record['start_timestep']}"
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in synthesis.seconds.items() if stage != "total")
    doubt = record.get("uncertainty")
    return (
        ("Result", f"synthetic {synthesis.target.label} from {synthesis.source.label}"),
        ("Model", f"{record['model']} ({record['model_hash'][:12]}…)"),
        ("Mode", f"{QUALITY.get(mode, mode.value.capitalize())}: {steps}"),
        ("Samples", str(record["samples"])),
        ("Sharpening", f"unsharp mask, {record['sharpening']:g}" if record.get("sharpening") else "none"),
        ("Seed", str(record["seed"])),
        ("Device", record["device"]),
        ("Time", f"{synthesis.seconds['total']:.1f} s ({stages})"),
        ("Preprocessing", record["preprocessing"]),
        ("Program", f"Respin {record['code_version']}"),
        ("Uncertainty", doubt["words"] if doubt else "unknown: one sample, and the model is not calibrated for it"),
        ("Warnings", "\n".join((*cautions_of(synthesis.target), *synthesis.warnings)) or "none"),
    )
