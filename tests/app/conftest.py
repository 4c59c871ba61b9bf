"""A window with a model that answers at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partialmethod
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow, dress
from engine.bundle import Bundle
from engine.modality import Modality
from engine.presets import COMPACT, Preset
from engine.progress import Step
from engine.synthesis import Mode, Request, Synthesis
from engine.volume import Volume
from tests.phantoms import phantom, write_phantom

PATIENCE_MS = 120_000
"""How long a test waits at most. A wait ends when what it waits for is there: on an idle machine at once."""


class PatientBot(QtBot):
    """Waits long where the machine is busy with something else."""

    waitUntil = partialmethod(QtBot.waitUntil, timeout=PATIENCE_MS)  # pyright: ignore[reportAssignmentType]
    waitSignal = partialmethod(QtBot.waitSignal, timeout=PATIENCE_MS)  # pyright: ignore[reportAssignmentType]
    waitSignals = partialmethod(QtBot.waitSignals, timeout=PATIENCE_MS)  # pyright: ignore[reportAssignmentType]
    waitActive = partialmethod(QtBot.waitActive, timeout=PATIENCE_MS)  # pyright: ignore[reportAssignmentType]
    waitExposed = partialmethod(QtBot.waitExposed, timeout=PATIENCE_MS)  # pyright: ignore[reportAssignmentType]


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, with patience."""
    return PatientBot(request)


@dataclass
class Model:
    """What the window asks of a bundle, and a translation that takes as many steps as the test lets it."""

    name: str = "test"
    hash: str = "0123456789abcdef"
    preset: Preset = COMPACT
    default_mode: Mode = Mode.SHORTCUT
    card: str = "# A model for tests"
    requests: list = field(default_factory=list)
    held: bool = False
    error: Exception | None = None

    def targets(self, source: Modality) -> tuple[Modality, ...]:
        return tuple(target for target in (Modality.T1, Modality.T2, Modality.FLAIR) if target is not source)

    def translate(self, scan, request):
        self.requests.append((scan, request))
        yield Step("encode", 0, 1)
        done = 0
        while self.held or done < 3:
            yield Step("denoise", min(done, 3), 4)
            done += 1
            time.sleep(0.005)
        if self.error is not None:
            raise self.error
        volume = scan.volume.with_data(scan.volume.data.max() - scan.volume.data.astype(np.float32))
        return tuple(
            Synthesis(request.source, target, volume, self.spread(volume, request), {"total": 0.1}, record_of(request))
            for target in request.targets
        )

    def spread(self, volume: Volume, request: Request) -> Volume | None:
        return volume.with_data(np.full(volume.shape, 12, np.float32)) if request.samples > 1 else None


def record_of(request: Request) -> dict:
    """As the translator writes it."""
    return {
        "model": "test",
        "model_hash": "0123456789abcdef",
        "code_version": "0",
        "mode": (request.mode or Mode.SHORTCUT).value,
        "sampler": "UniPC, Karras",
        "steps": 4,
        "start_timestep": 300,
        "seed": request.seed,
        "samples": request.samples,
        "device": "cpu, 1 thread",
        "preprocessing": "none",
    }


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, model: Model) -> Iterator[MainWindow]:
    """The real window, on screen, without a scan."""
    dress(qapp)
    shown = MainWindow(cast("Bundle", model), model.translate)
    qtbot.addWidget(shown)
    shown.resize(1200, 800)
    with qtbot.waitActive(shown):
        shown.show()
        shown.activateWindow()
    yield shown
    shown.close()


@pytest.fixture
def head(tmp_path: Path) -> Path:
    """A T1 in a file."""
    return write_phantom(tmp_path / "head_t1.nii.gz", phantom())


@pytest.fixture
def open_scans(qtbot: QtBot, window: MainWindow) -> Callable[..., None]:
    """Open files and wait until they are on screen."""

    def open_and_wait(*paths: Path) -> None:
        expected = len(window.study.entries) + len(paths)
        window.open(paths)
        qtbot.waitUntil(lambda: len(window.study.entries) == expected and not window.files.busy)
        window.grid.refresh()

    return open_and_wait
