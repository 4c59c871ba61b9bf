"""What every test may ask for: real data where there is some, the sample, and a home of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.assets import assets

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """Logs and settings of a test never reach those of whoever runs it, nor those of another test."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real scans: $RESPIN_DATA, else `shared/data` beside the repository; skips where neither is."""
    folder = Path(os.environ.get("RESPIN_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real data: {folder} is not there (set RESPIN_DATA)")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The scan that ships with the program: a T1, skull-stripped, 197x233x189 at 1 mm, RAS."""
    return assets() / "samples" / "icbm152_T1w.nii.gz"


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small bundle with random weights: everything works, the pictures are nonsense."""
    from tests.bundles import write_bundle

    return write_bundle(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def without_graphs(monkeypatch: pytest.MonkeyPatch, tiny_bundle: Path):
    """The graphs are copied from a bundle that is there: tracing takes most of the time."""
    from engine import bundle_writer

    def copied(preset: object, made: object, folder: Path):
        for name in ("encoder", "ms_spade", "decoder"):
            shutil.copy(tiny_bundle / f"{name}.onnx", folder)

    monkeypatch.setattr(bundle_writer, "export_graphs", copied)


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    """The golden numbers: $RESPIN_GOLDEN, else `shared/golden` beside the repository; skips where neither is."""
    found = Path(os.environ.get("RESPIN_GOLDEN") or REPOSITORY.parent / "shared" / "golden")
    if not found.is_dir():
        pytest.skip(f"golden numbers: {found} is not there (set RESPIN_GOLDEN)")
    return found
