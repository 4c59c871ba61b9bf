"""The rules of the house that a reader can check by looking, checked without looking."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "engine", "training")
HEAVY = ("torch", "onnxruntime", "deepbet", "diffusers")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc", "tools"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK|raise NotImplementedError|placeholder|dummy)\b", re.IGNORECASE)


def sources(*folders: str) -> list[Path]:
    """Every Python file of these folders of the repository."""
    return sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it: "PySide6.QtGui", "PySide6.QtGui.QImage"."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded_after(program: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after a few lines."""
    program += "\nimport sys\nprint(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=True, timeout=120
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import app, engine", (*HEAVY, "PySide6", "vtkmodules", "nibabel")),
        ("import app.cli", (*HEAVY, "PySide6", "vtkmodules", "nibabel", "rich.progress")),
        ("import app.batch, engine.bundle, engine.device", (*HEAVY, "PySide6", "vtkmodules", "skimage", "SimpleITK")),
        ("import app.state.viewer, app.state.study", (*HEAVY, "PySide6", "vtkmodules", "pyvista")),
        ("import app.main_window", HEAVY),
    ],
)
def test_importing_stays_light(program: str, absent: tuple[str, ...]):
    assert not loaded_after(program) & set(absent)


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--version"], ("typer", "pydantic", "numpy")),
        (["--help"], ("pydantic", "numpy", "nibabel", "PySide6")),
        (["info", "assets/samples/icbm152_T1w.nii.gz"], (*HEAVY, "PySide6", "vtkmodules", "pydicom", "SimpleITK")),
    ],
)
def test_a_command_loads_what_it_needs(words: list[str], absent: tuple[str, ...]):
    assert not loaded_after(started(words)) & set(absent)


def test_nibabel_without_pydicom_is_for_one_process_and_dicom_still_comes():
    program = f"{started(['info', 'assets/samples/icbm152_T1w.nii.gz'])}\nimport engine.dicom_slices, pydicom"
    assert {"nibabel", "pydicom"} <= loaded_after(program)
    assert {"nibabel", "pydicom"} <= loaded_after("import engine.files")


def started(words: list[str]) -> str:
    """The lines that do what the program does with a command line."""
    return f"""
import sys
from app.__main__ import main
sys.argv = ["respin", *{words}]
try:
    main()
except SystemExit as end:
    assert not end.code
"""


def test_showing_the_window_loads_no_network():
    """Until a scan is opened; then the job thread may."""
    program = """
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
application = QApplication([])
from app.main_window import MainWindow
from engine.bundle import bundles, open_bundle
window = MainWindow(open_bundle() if bundles() else None)
window.show()
QTest.qWait(300)
window.close()
"""
    assert not loaded_after(program) & set(HEAVY)


def test_only_the_doors_open_files_of_scans():
    doors = {"engine/dicom.py", "engine/dicom_slices.py", "engine/dicom_writer.py", "engine/foreign.py"}
    doors.add("training/align.py")  # it registers
    for path in sources(*PACKAGES):
        name = path.relative_to(REPOSITORY).as_posix()
        opened = {module.split(".")[0] for module in imported(path)} & {"SimpleITK", "pydicom"}
        assert not opened or name in doors, f"{name} imports {opened}"


def test_render_paints_without_widgets():
    for path in sources("app/render"):
        assert not [name for name in imported(path) if name.startswith("PySide6.QtWidgets")], path


def test_files_and_functions_are_short():
    files = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*PACKAGES)}
    functions = {
        f"{path.relative_to(REPOSITORY)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert not {path: lines for path, lines in files.items() if lines > 450}
    assert not {name: lines for name, lines in functions.items() if lines > 60}
    assert np.percentile(list(files.values()), 90) <= 300
    assert np.percentile(list(functions.values()), 90) <= 30


def test_files_are_named_for_what_they_hold():
    assert not [path for path in sources(*PACKAGES, "tests") if path.stem in FORBIDDEN_NAMES]


def test_nothing_is_left_for_later():
    found = {
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in sources(*PACKAGES, "benchmarks", "assets")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    }
    assert not found


def test_the_map_names_every_file():
    text = (REPOSITORY / "docs" / "MAP.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:app|engine|training)/[\w/]+\.py)`", text))
    present = {path.relative_to(REPOSITORY).as_posix() for path in sources(*PACKAGES) if path.name != "__init__.py"}
    assert present - named == set(), "not in docs/MAP.md"
    assert named - present == set(), "in docs/MAP.md, but not there"
