"""`python -m training ...`: one command a stage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

PresetName = Annotated[str, typer.Option("--preset", help="compact, released or paper")]
DataFolder = Annotated[Path, typer.Option("--data", help="folder of subjects: NAME/NAME_t1.nii.gz, ...")]
RunFolder = Annotated[Path, typer.Option("--run", help="where checkpoints and the log of this run lie")]
Settings = Annotated[list[str], typer.Option("--set", help="key=value of the recipe")]
Threads = Annotated[int, typer.Option("--threads", help="CPU threads")]


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
) -> None:
    """Stage 1: encoder, codebook, MS-SPADE and decoder, jointly on the image."""
    from training import stages

    stages.autoencoder(data, preset, run, settings, threads)


@app.command()
def diffusion(
    data: DataFolder,
    preset: PresetName = "compact",
    run: RunFolder = Path(".runs/compact"),
    settings: Settings = [],  # noqa: B006
    threads: Threads = 2,
) -> None:
    """Stage 2: the denoiser on the latents of the frozen stage 1."""
    from training import stages

    stages.diffusion(data, preset, run, settings, threads)


if __name__ == "__main__":
    app()
