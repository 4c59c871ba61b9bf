"""The work of the window as commands: results on stdout, all else on stderr. Heavy imports wait inside commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app.terminal import follow, tell
from engine import __version__
from engine.errors import RespinError

ABOUT = "Shows a brain MRI as if it had been acquired with another contrast. Research use only, never for diagnosis."

commands = typer.Typer(
    help=ABOUT,
    epilog="respin [SCAN...] without a command opens the window.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="The weights that are installed.", rich_markup_mode=None)
commands.add_typer(models, name="models")

_SCAN = "A brain MRI: a file, or a folder or zip of DICOM. SCAN@3: its frame 3, or series 3 of several."
ScanPath = Annotated[Path, typer.Argument(metavar="SCAN", help=_SCAN)]
_READING = ("open", "info", "synthesize", "compare", "render")
"""Commands that read scans."""
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
At = Annotated[str | None, typer.Option(metavar="X,Y,Z", help="A world point in mm, RAS+.")]


def run(words: Sequence[str]) -> int:
    """Do what a command line asks for. Exit code: 0 done, 2 the reader can mend it, 1 our fault, 130 interrupted."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="surrogateescape")  # a path leaves as the bytes that it is on disk
    try:
        return commands(_with_command(words), prog_name="respin", standalone_mode=False) or 0
    except RespinError as refusal:
        tell(str(refusal))
        return 2
    except typer.TyperException as misuse:
        tell(f"{misuse.format_message()} (see respin --help)")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as fault:
        from app.faults import record

        tell(f"Respin failed, and the fault is ours: {type(fault).__name__}, told in {record(fault, words)}")
        return 1


def _with_command(words: Sequence[str]) -> list[str]:
    """The same words, with the command that scans alone leave out."""
    named = [command.name for command in commands.registered_commands]
    named += [group.name for group in commands.registered_groups]
    return list(words) if words and words[0] in (*named, "--help", "--version") else ["open", *words]


@commands.callback(invoke_without_command=True, help=ABOUT)
def respin(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """What stands before any command."""
    if version:
        print(f"respin {__version__}")
    if context.invoked_subcommand in _READING:
        from app.lean import nibabel_alone

        nibabel_alone()


@commands.command("open", hidden=True)
def open_window(
    scans: Annotated[list[Path] | None, typer.Argument(metavar="[SCAN...]")] = None,
    software_gl: Annotated[bool, typer.Option("--software-gl", help="Draw 3-D by the processor.")] = False,
) -> int:
    """Open the window, with these scans in it."""
    from app.display import choose_platform, prefer_software

    choose_platform()
    if software_gl:
        prefer_software()
    from app.main_window import run as run_window

    return run_window(scans or [])


@commands.command("info")
def info(scan: ScanPath, at: At = None, as_json: AsJson = False) -> None:
    """What a scan is: grid, orientation, contrast, synthetic or not; and the intensity at a point."""
    from app import batch

    facts = batch.describe(batch.take(scan), batch.point(at) if at else None)
    if as_json:
        _print(facts)
        return
    for name, value in facts.items():
        if value not in (None, []):
            print(f"{name:12} {_words(value)}")


@commands.command("synthesize")
def synthesize(
    scan: ScanPath,
    to: Annotated[list[str], typer.Option(metavar="CONTRAST", help="t1, t1ce, t2, flair or pd; may be repeated.")],
    source: Annotated[str | None, typer.Option("--from", metavar="CONTRAST", help="Of the scan.")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the results go.")] = Path(),
    mode: Annotated[Literal["prior", "shortcut", "full", "reference"] | None, typer.Option()] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Moves of the sampler.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="More than one: mean and uncertainty.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    model: Annotated[str, typer.Option(metavar="NAME|DIR", help="The weights.")] = "compact",
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option()] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Of the CPU; all of them by default.")] = None,
    kind: Annotated[
        Literal["nifti", "dicom"], typer.Option("--format", help="dicom: a series, of a scan that came from DICOM.")
    ] = "nifti",
    as_json: AsJson = False,
) -> None:
    """Make the same scan in other contrasts, on its own grid."""
    from app import batch
    from engine.bundle import open_bundle
    from engine.device import choose
    from engine.export import Kind, check
    from engine.synthesis import Mode, Request

    given = batch.take(scan)
    check(Kind(kind), given)
    contrast = batch.contrast(given, source)
    targets = batch.targets(given, contrast, to)
    bundle = open_bundle(model)
    batch.reachable(bundle, contrast, targets)
    asked = Request(contrast, targets, Mode(mode) if mode else None, steps, samples, seed)
    known = batch.known(given, contrast)
    batch.note(known)
    answer = follow(batch.synthesize(given, asked, bundle, choose(device, threads), out, Kind(kind)))
    batch.note(warning for warning in answer["warnings"] if warning not in known)
    if as_json:
        _print(answer)
        return
    for result in answer["results"]:
        print(result["path"])
        tell(f"{result['target'].upper()} in {result['seconds']['total']:.1f} s")


@commands.command("compare")
def compare(
    synthetic: Annotated[Path, typer.Argument(metavar="SYNTHETIC")],
    real: Annotated[Path, typer.Argument(metavar="REAL", help="The real scan of that contrast.")],
    mask: Annotated[Path | None, typer.Option(help="Where to look; the real scan's foreground by default.")] = None,
    as_json: AsJson = False,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Both side by side.")] = None,
) -> None:
    """How near a synthetic scan comes to the real one: PSNR, NMSE, SSIM."""
    from app import batch

    made, measured = batch.take(synthetic), batch.take(real)
    scores = batch.compare(made, measured, mask)
    if not made.synthetic:
        tell(f"Note: {made.path.name} is not marked as synthetic, so it is scaled by its own percentiles.")
    if png:
        batch.draw([made, measured], "compare", None, png)
    if as_json:
        _print(scores)
        return
    for where, values in scores.items():
        print(f"{where:12} " + "  ".join(f"{name} {_words(value)}" for name, value in values.items()))


@commands.command("render")
def render(
    scans: Annotated[list[Path], typer.Argument(metavar="SCAN...")],
    out: Annotated[Path, typer.Option(metavar="FILE.png")],
    layout: Annotated[Literal["four-up", "compare"], typer.Option()] = "four-up",
    at: At = None,
    blend: Annotated[
        Literal["side", "curtain", "checkerboard", "overlay", "difference"],
        typer.Option(help="How the last scan comes into the picture of the first."),
    ] = "side",
) -> None:
    """Draw what the window would show into a picture."""
    from app import batch

    batch.draw([batch.take(scan) for scan in scans], layout, batch.point(at) if at else None, out, blend)
    print(out)


@models.callback(invoke_without_command=True)
def models_alone(context: typer.Context) -> None:
    """List the models where nothing else is asked."""
    if context.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models() -> None:
    """Name every model, what it translates and how by default."""
    from engine.bundle import bundles, open_bundle
    from engine.library import is_own

    for name in bundles():
        bundle = open_bundle(name)
        known = ", ".join(modality.label for modality in bundle.preset.modalities)
        print(f"{name:12} {known}; {bundle.default_mode.value}{'; your own' if is_own(bundle) else ''}")


@models.command("show")
def show_model(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Print a model's card: data, licences, numbers, limits."""
    from engine.bundle import open_bundle

    print(open_bundle(name).card)


@models.command("import")
def import_model(
    checkpoints: Annotated[
        list[Path],
        typer.Argument(metavar="CHECKPOINT...", exists=True, dir_okay=False, help="VQGAN and LDM, in any order."),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new model; its name is the model's.")],
    head: Annotated[int | None, typer.Option("--head-channels", min=1, help="Of the denoiser's attention.")] = None,
) -> None:
    """Make a model of checkpoints of the paper's authors."""
    from engine.importer import import_checkpoints

    made = follow(import_checkpoints(checkpoints, out, head))
    for note in made.notes:
        tell(f"Note: {note}")
    print(made.directory)


@models.command("add")
def add_model(
    path: Annotated[Path, typer.Argument(metavar="FOLDER|ZIP", exists=True, help="A model as Respin writes them.")],
) -> None:
    """Verify a model and keep a copy of it among your own."""
    from engine.library import add

    print(follow(add(path)).directory)


@models.command("remove")
def remove_model(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Delete one of your own models."""
    from engine.library import remove

    remove(name)


@commands.command("doctor")
def doctor(as_json: AsJson = False) -> int:
    """What works on this machine, and what to do about the rest."""
    from app.doctor import examine

    findings = examine()
    if as_json:
        _print({"ok": all(f.ok for f in findings), "checks": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            print(*finding.lines(), sep="\n")
    return 0 if all(f.ok for f in findings) else 2


@commands.command("probe", hidden=True)
def probe(name: str) -> None:
    """Answer one of the doctor's questions."""
    from app.probes import PROBES

    print(PROBES[name]())


def _print(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, allow_nan=False))


def _words(value: Any) -> str:
    """A JSON value for a reader's eye."""
    if isinstance(value, dict):
        return "  ".join(f"{name} {_words(part)}" for name, part in value.items())
    if isinstance(value, list):
        return (" " if all(isinstance(part, (int, float)) for part in value) else "; ").join(map(_words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else "-" if value is None else str(value)
