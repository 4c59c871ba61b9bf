"""What the wheel and the folder hold, as far as it can be known without building them (tests/release/*.sh build)."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SPEC = (REPOSITORY / "build.spec").read_text(encoding="utf-8")


def test_the_spec_is_python_and_leaves_out_what_must_not_ship():
    compile(SPEC, "build.spec", "exec")
    for name in ("training", "tests", "onnx", "tensorboard"):
        assert f'"{name}"' in SPEC


def test_what_the_spec_leaves_out_is_imported_by_nothing_that_ships():
    left_out = re.findall(r'"([\w.]+)"', SPEC[SPEC.index("LEFT_OUT") : SPEC.index("# fmt")])
    allowed = {"engine/bundle_writer.py", "engine/importer.py"}  # they ask for onnx first, and say so where it is not
    for package in ("app", "engine"):
        for path in (REPOSITORY / package).rglob("*.py"):
            found = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            taken = {name for name in found for out in left_out if name == out or name.startswith(f"{out}.")}
            assert not taken or path.relative_to(REPOSITORY).as_posix() in allowed, (path, taken)


def test_the_wheel_takes_the_packages_and_the_assets():
    target = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert target["targets"]["wheel"]["packages"] == ["app", "engine", "training"]
    assert target["targets"]["wheel"]["force-include"] == {"assets": "respin_assets"}


@pytest.mark.parametrize("script", ["check_wheel.sh", "check_bundle.sh"])
def test_the_scripts_can_be_run(script: str):
    path = REPOSITORY / "tests" / "release" / script
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", path], check=True, timeout=30)


def test_the_menu_entry_is_whole_and_can_be_put_in_and_taken_out(tmp_path: Path):
    entry = (REPOSITORY / "assets" / "desktop" / "respin.desktop").read_text(encoding="utf-8")
    assert entry.startswith("[Desktop Entry]\n") and "\nExec=respin %F\n" in entry and "\nIcon=respin\n" in entry
    here = tmp_path / "app folder"
    here.mkdir()
    for path in (REPOSITORY / "assets" / "desktop").iterdir():
        (here / path.name).write_bytes(path.read_bytes())
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home")}

    def run(*words: str):
        subprocess.run(
            ["sh", here / "install.sh", *words], env=environment, check=True, timeout=30, capture_output=True
        )

    run()
    installed = tmp_path / "home/.local/share/applications/respin.desktop"
    assert f'Exec="{here}/respin" %F' in installed.read_text(encoding="utf-8")
    assert (tmp_path / "home/.local/bin/respin").is_symlink()
    subprocess.run(
        ["sh", here / "install.sh", "--remove"], env=environment, check=True, timeout=30, capture_output=True
    )
    assert not installed.exists() and not (tmp_path / "home/.local/bin/respin").is_symlink()
    assert not list((tmp_path / "home").rglob("*.png"))
