"""`python -m training ...`: one command a stage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import RespinError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

PresetName = Annotated[str, typer.Option("--preset", help="compact, released or paper")]
DataFolder = Annotated[Path, typer.Option("--data", help="folder of subjects: NAME/NAME_t1.nii.gz, ...")]
RunFolder = Annotated[Path, typer.Option("--run", help="where checkpoints and the log of this run lie")]
Settings = Annotated[list[str], typer.Option("--set", help="key=value of the recipe")]
Threads = Annotated[int, typer.Option("--threads", help="CPU threads of each process")]
Devices = Annotated[int, typer.Option("--devices", help="processes a node; 0: what torchrun or Slurm say, or all GPUs")]
Nodes = Annotated[int, typer.Option("--nodes", help="machines, under Slurm")]
Precision = Annotated[str, typer.Option("--precision", help="bf16, 32, or auto: bf16 where the device computes it")]
Strategy = Annotated[str, typer.Option("--strategy", help="auto or ddp: every process holds all weights; fsdp: a part")]
Recompute = Annotated[bool, typer.Option("--recompute", help="gradient checkpointing: less memory, a third more time")]
Board = Annotated[bool, typer.Option("--tensorboard/--no-tensorboard", help="where it is installed")]
Minutes = Annotated[float, typer.Option("--montage-minutes", help="between two pictures of the run; 0: none")]


@app.callback()
def commands() -> None:
    """Make a bundle: autoencoder, then diffusion, then export; evaluate measures it."""


@app.command()
def autoencoder(
    data: DataFolder,
    preset: PresetName = "compact",
    run: RunFolder = Path(".runs/compact"),
    settings: Settings = [],  # noqa: B006 (typer copies it)
    threads: Threads = 2,
    devices: Devices = 0,
    nodes: Nodes = 1,
    precision: Precision = "auto",
    strategy: Strategy = "auto",
    recompute: Recompute = False,
    tensorboard: Board = True,
    minutes: Minutes = 10.0,
) -> None:
    """Stage 1: encoder, codebook, MS-SPADE and decoder, jointly on the image."""
    from training import stages
    from training.launch import launch

    machine = launch(threads, devices, nodes, precision, recompute, strategy)
    stages.autoencoder(data, preset, run, settings, machine, stages.Watch(tensorboard, minutes))


@app.command()
def widen(
    trained: Annotated[Path, typer.Option("--from", help="a run whose stage 1 is trained, of a smaller shape")],
    run: RunFolder,
    preset: PresetName = "compact",
) -> None:
    """Stage 1 of a new run begins with what a smaller network has learnt; `autoencoder --run` goes on from there."""
    from training import widen as growth

    growth.begin(trained, preset, run)


@app.command()
def blend(
    trained: Annotated[list[Path], typer.Option("--from", help="runs of one shape whose stage 1 is trained")],
    run: RunFolder,
) -> None:
    """Stage 1 of a new run is the mean of several runs' weights."""
    from training.blend import blend as mean

    mean(trained, run)


@app.command()
def diffusion(
    data: DataFolder,
    preset: PresetName = "compact",
    run: RunFolder = Path(".runs/compact"),
    settings: Settings = [],  # noqa: B006
    threads: Threads = 2,
    devices: Devices = 0,
    nodes: Nodes = 1,
    precision: Precision = "auto",
    strategy: Strategy = "auto",
    recompute: Recompute = False,
    tensorboard: Board = True,
    minutes: Minutes = 10.0,
) -> None:
    """Stage 2: the denoiser on the latents of the frozen stage 1."""
    from training import stages
    from training.launch import launch

    machine = launch(threads, devices, nodes, precision, recompute, strategy)
    stages.diffusion(data, preset, run, settings, machine, stages.Watch(tensorboard, minutes))


@app.command()
def export(
    data: DataFolder,
    out: Annotated[Path, typer.Option("--out", help="folder of the bundle; its name is the model's")],
    preset: PresetName = "compact",
    run: RunFolder = Path(".runs/compact"),
    mode: Annotated[str, typer.Option("--default-mode", help="prior, shortcut, full or reference")] = "shortcut",
    note: Annotated[str, typer.Option("--note", help="a sentence for the limits on the card")] = "",
    about: Annotated[Path | None, typer.Option("--data-card", help="Markdown on the data and its terms")] = None,
    threads: Threads = 2,
) -> None:
    """Both stages -> a bundle: ONNX with asserted parity, safetensors, manifest, card."""
    from engine.synthesis import Mode
    from training import stages

    if mode not in [known.value for known in Mode]:
        raise RespinError(f"'{mode}' is not a mode; use {', '.join(known.value for known in Mode)}.")
    text = about.read_text(encoding="utf-8") if about else ""
    stages.export(data, preset, run, out, Mode(mode), note, threads, text)


@app.command()
def probe(
    data: DataFolder,
    preset: PresetName = "compact",
    run: RunFolder = Path(".runs/compact"),
    slices: Annotated[int, typer.Option("--slices", min=12, help="of each brain, a multiple of 4")] = 24,
    threads: Threads = 2,
) -> None:
    """Where stage 1 of a run stands: a few slices of the held-out subjects, in every direction."""
    from training import probe as looks

    print(looks.probe(data, preset, run, slices, threads))


@app.command()
def curves(
    out: Annotated[Path, typer.Option("--out", help="picture, .svg or .png")],
    run: RunFolder = Path(".runs/compact"),
) -> None:
    """The log of stage 1 as a picture."""
    from training.curves import draw

    draw(run, out)


@app.command()
def sharpen(
    model: Annotated[Path, typer.Option("--model", help="folder of a bundle, written into")],
    amount: Annotated[float, typer.Option("--amount", min=0, max=2, help="of the unsharp mask; 0 takes it back")],
) -> None:
    """How much the results of `prior` are sharpened; before the bundle is measured and calibrated."""
    from engine.bundle import open_bundle
    from training.card import with_parts

    with_parts(open_bundle(model).directory, {"sharpening": amount})


@app.command()
def evaluate(
    data: DataFolder,
    models: Annotated[list[Path], typer.Option("--model", help="folder of a bundle; several: table 3")],
    out: Annotated[Path, typer.Option("--out", help="where tables, numbers and pictures go")] = Path("out/evaluation"),
    modes: Annotated[str, typer.Option("--modes", help="like prior,shortcut*4 (mean of 4)")] = "prior,shortcut",
    subjects: Annotated[str, typer.Option("--subjects", help="comma-separated; the validation subjects if empty")] = "",
    threads: Annotated[int | None, typer.Option("--threads", help="of the CPU; all of them by default")] = None,
    into_card: Annotated[bool, typer.Option("--card", help="put the numbers on the first model's card")] = False,
    baselines: Annotated[list[Path], typer.Option("--baseline", help="run of learnt floors for the first model")] = [],  # noqa: B006
) -> None:
    """The paper's tables on subjects never trained on, beside copying, the intensity map and learnt floors."""
    from training import report
    from training.evaluate import ways_of

    names = [name for name in subjects.split(",") if name]
    print(report.evaluate(data, models, out, ways_of(modes), names, threads, into_card, baselines))


@app.command()
def clinical(
    data: Annotated[
        Path, typer.Option("--data", help="folder of sessions: NAME/t1.nii.gz, ... as scanned, with skull")
    ],
    model: Annotated[Path, typer.Option("--model", help="name or folder of a bundle")] = Path("compact"),
    out: Annotated[Path, typer.Option("--out", help="where numbers and pictures go")] = Path("out/clinical"),
    learn_from: Annotated[
        Path | None, typer.Option("--learn-from", help="subjects that teach the intensity map")
    ] = None,
    modes: Annotated[str, typer.Option("--modes", help="like prior,shortcut*4; the model's own if empty")] = "",
    threads: Annotated[int | None, typer.Option("--threads", help="of the CPU; all of them by default")] = None,
) -> None:
    """Raw scans on grids of their own: synthesis against the real target, registered onto the source's grid."""
    from training import clinical as sessions
    from training.evaluate import ways_of

    print(sessions.evaluate(data, model, out, ways_of(modes) if modes else (), learn_from, threads))


@app.command()
def baseline(
    kind: Annotated[str, typer.Argument(help="regression or pix2pix")],
    data: DataFolder,
    model: Annotated[
        str, typer.Option("--model", help="name or folder of the bundle it is measured beside")
    ] = "compact",
    run: RunFolder = Path(".runs/baselines"),
    settings: Settings = [],  # noqa: B006
    threads: Threads = 2,
    precision: Precision = "auto",
    tensorboard: Board = True,
    minutes: Minutes = 10.0,
) -> None:
    """A learnt floor: one-pass latent regression, or a 3-D Pix2Pix; `evaluate --baseline RUN` measures it."""
    from engine.bundle import open_bundle
    from training.baselines.fitting import fit
    from training.launch import launch
    from training.stages import Watch

    machine = launch(threads, precision=precision)
    fit(kind, data, open_bundle(model), run, settings, machine, Watch(tensorboard, minutes))


@app.command()
def calibrate(
    data: DataFolder,
    model: Annotated[Path, typer.Option("--model", help="folder of a bundle; its manifest is written")],
    out: Annotated[Path, typer.Option("--out", help="where measured errors are kept")] = Path("out/calibration"),
    modes: Annotated[str, typer.Option("--modes", help="like prior,shortcut*4 (mean of 4)")] = "prior",
    subjects: Annotated[str, typer.Option("--subjects", help="comma-separated; the validation subjects if empty")] = "",
    level: Annotated[float, typer.Option("--level", help="share of the voxels inside the interval")] = 0.9,
    slices: Annotated[int, typer.Option("--slices", help="in the middle of each brain, a multiple of 16")] = 16,
    threads: Annotated[int | None, typer.Option("--threads", help="of the CPU; all of them by default")] = None,
) -> None:
    """How far the truth lies from results, for the uncertainty map; prints what the intervals cover."""
    from training import coverage
    from training.evaluate import ways_of

    names = [name for name in subjects.split(",") if name]
    print(coverage.calibrate(data, model, out, ways_of(modes), names, level, threads, slices))


@app.command()
def phantom(
    out: Annotated[Path, typer.Option("--out", help="folder for the patients; give it to --data afterwards")],
    labels: Annotated[Path | None, typer.Option("--labels", help="folder of label maps; by formula if absent")] = None,
    count: Annotated[int, typer.Option("--count", help="how many patients")] = 8,
    seed: Annotated[int, typer.Option("--seed", help="another population")] = 0,
    size: Annotated[str, typer.Option("--size", help="voxels of 1 mm, like 160,192,160; brains shrink into it")] = "",
    skull: Annotated[bool, typer.Option("--skull", help="heads instead of brains")] = False,
) -> None:
    """Simulated patients: T1, T1CE, T2, FLAIR and PD of one anatomy, some with lesions."""
    from training.phantom import folder

    folder.simulate(out, labels, count, seed, size, skull)


def main() -> int:
    """Run a command. What the reader can mend is one sentence and exit code 2; 130: interrupted."""
    try:
        return app(prog_name="python -m training", standalone_mode=False) or 0
    except RespinError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except typer.TyperException as misuse:
        print(f"{misuse.format_message()} (see python -m training --help)", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
